"""`everleaf identity`: what a private key makes of a node."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from everleaf.cli.command import Command, add_json, put, put_json

if TYPE_CHECKING:
    from everleaf.identity import Seed


def facts(seed: Seed) -> dict[str, str]:
    """Public key, address and subnet."""
    from everleaf import _core
    from everleaf.address import address_of, subnet_of, text, text_subnet

    key = _core.Identity(seed).public
    return {"public_key": key.hex(), "address": text(address_of(key)), "subnet": text_subnet(subnet_of(key))}


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--key", metavar="FILE", help="file with the private key; the service's unless said")
    add_json(parser)


def _run(options: Namespace) -> int:
    from everleaf import identity
    from everleaf.cli.defaults import configuration_here
    from everleaf.daemon.privacy import this_privacy

    path = configuration_here().identity.key_file if options.key is None else options.key
    with identity.load(path, this_privacy()) as seed:
        about = facts(seed)
    if options.json:
        put_json(about)
    else:
        put("\n".join(f"{name.replace('_', ' '):<12}{value}" for name, value in about.items()))
    return 0


COMMAND = Command("identity", "Print public key, address and subnet of a private key.", _arguments, _run)
