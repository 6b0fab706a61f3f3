"""`everleaf keygen`: make an identity."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from everleaf.cli.command import Command, add_json, put, put_json


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FILE", required=True, help="new file for the private key; never replaced")
    add_json(parser)


def _run(options: Namespace) -> int:
    from everleaf import identity
    from everleaf.cli.identity import facts
    from everleaf.daemon.privacy import this_privacy

    with identity.new_seed() as seed:
        about = facts(seed)
        identity.write(options.out, seed, this_privacy())
    if options.json:
        put_json(about)
    else:
        put(about["public_key"])
    return 0


COMMAND = Command("keygen", "Make an identity and print its public key.", _arguments, _run)
