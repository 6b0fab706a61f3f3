"""The node's key, made where it is used and never taken from there."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import PurePosixPath

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf_fleet.facts.node import NodeIdentity


@operation()
def identity(key_file: str, binary: str) -> Generator[StringCommand, None, None]:
    """Give the node a key once; never replace one.

    + key_file: where the key lives on the host
    + binary: the node's program on the host
    """
    known = host.get_fact(NodeIdentity, key_file=key_file, binary=binary)
    if known:
        host.noop(f"identity {known['public_key'][:8]} is already in {key_file}")
        return
    yield StringCommand("mkdir -p -m 0700", QuoteString(str(PurePosixPath(key_file).parent)))
    yield StringCommand(QuoteString(binary), "keygen --out", QuoteString(key_file))
