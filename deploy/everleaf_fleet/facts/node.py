"""What the node on a host says of itself."""

from __future__ import annotations

import json
from typing import Any

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from typing_extensions import override


class _JsonFact(FactBase[Any]):
    """The one JSON value that a command prints; None if it prints nothing."""

    @override
    def process(self, output: list[str]) -> Any:
        text = "\n".join(output).strip()
        return json.loads(text) if text else None


class NodeIdentity(_JsonFact):
    """`public_key`, `address` and `subnet` of the key in a file; None if there is no key, which itself stays there."""

    @override
    def requires_command(self, key_file: str, binary: str) -> str:
        return binary

    @override
    def command(self, key_file: str, binary: str) -> StringCommand:
        key = QuoteString(key_file)
        return StringCommand("! test -e", key, "||", QuoteString(binary), "identity --key", key, "--json")


class NodeStatus(_JsonFact):
    """What `everleaf status` reports, its health included; None if no node answers."""

    @override
    def requires_command(self, binary: str) -> str:
        return binary

    @override
    def command(self, binary: str) -> StringCommand:
        return StringCommand(QuoteString(binary), "status --json || true")  # its exit status repeats what it says
