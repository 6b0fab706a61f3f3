"""Several facts by one command: every question is a round trip, and a host may be far away."""

from __future__ import annotations

from typing import Any

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.context import host
from typing_extensions import override

Question = tuple[type[FactBase[Any]], dict[str, Any]]  # a fact, and its arguments

_MARK = "--- everleaf: end of an answer ---"


class Together(FactBase[list[list[str]]]):
    """The lines that each of some commands prints. If one of them fails, so does this."""

    @override
    @staticmethod
    def default() -> list[list[str]]:
        return []

    @override
    def command(self, commands: list[str | StringCommand]) -> StringCommand:
        mark = StringCommand("printf '\\n%s\\n'", QuoteString(_MARK))  # what it follows may end without a newline
        words = [word for command in commands for word in ("(", command, ") &&", mark, "&&")]
        return StringCommand(*words, "true")

    @override
    def process(self, output: list[str]) -> list[list[str]]:
        found: list[list[str]] = [[]]
        for line in output:
            if line == _MARK:
                found[-1] = found[-1][:-1] if found[-1][-1:] == [""] else found[-1]
                found.append([])
            else:
                found[-1].append(line)
        return found[:-1]


def together(*questions: Question) -> list[Any]:
    """What each of the facts makes of the answer of the host that pyinfra is at; its default if there is none."""
    facts = [(fact(), arguments) for fact, arguments in questions]
    commands = [fact.command(**arguments) for fact, arguments in facts]
    said = host.get_fact(Together, commands=commands) or [[] for _ in facts]
    return [fact.process(lines) if lines else fact.default() for (fact, _), lines in zip(facts, said, strict=True)]
