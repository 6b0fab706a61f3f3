"""`everleaf ctl`: one admin request to a running node."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from everleaf.cli.command import Command, add_endpoint, add_json, put, put_json
from everleaf.errors import UsageError


def _arguments(parser: ArgumentParser) -> None:
    add_endpoint(parser)
    add_json(parser)
    parser.add_argument("request", metavar="REQUEST", help="such as getPeers; `list` names them all")
    parser.add_argument("arguments", metavar="key=value", nargs="*", default=[], help="arguments of the request")


def _run(options: Namespace) -> int:
    from everleaf.cli.client import ask, endpoint
    from everleaf.cli.tables import answer

    response = ask(endpoint(options), options.request, dict(map(_pair, options.arguments)))
    if options.json:
        put_json(response)
    elif text := answer(options.request, response):
        put(text)
    return 0


def _pair(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not (name and equals):
        raise UsageError(f"{word} is no argument", fix="write key=value")
    return name, value


COMMAND = Command("ctl", "Send one admin request to a running node.", _arguments, _run)
