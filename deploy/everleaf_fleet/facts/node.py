"""What the node on a host says of itself."""

from __future__ import annotations

import json
from typing import Any

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from typing_extensions import override


class JsonFact(FactBase[Any]):
    """The one JSON value that a command prints; None if it prints nothing, or is not installed yet."""

    @override
    def process(self, output: list[str]) -> Any:
        text = "\n".join(output).strip()
        return json.loads(text) if text else None


class NodeIdentity(JsonFact):
    """`public_key`, `address` and `subnet` of the key in a file; None if there is no key, which itself stays there."""

    @override
    def command(self, key_file: str, binary: str) -> StringCommand:
        key, program = QuoteString(key_file), QuoteString(binary)
        return StringCommand(
            "if test -e", key, "&& test -x", program, "; then", program, "identity --key", key, "--json; fi"
        )


class NodeStatus(JsonFact):
    """What `everleaf status` reports, its health included; None if the program is not installed."""

    @override
    def command(self, binary: str, endpoint: str) -> StringCommand:
        program = QuoteString(binary)
        report = StringCommand(program, "status --endpoint", QuoteString(endpoint), "--json || true")
        return StringCommand("if test -x", program, "; then", report, "; fi")  # its exit status repeats what it says
