"""The order of versions, as Semantic Versioning has it: 0.9.0 before 0.10.0-rc.1 before 0.10.0."""

from __future__ import annotations

import re

_VERSION = re.compile(r"([0-9]+(?:\.[0-9]+)*)[-~.]?([^+]*)(?:\+.*)?")
_PART = re.compile(r"[0-9]+|[A-Za-z]+")


def older(version: str, other: str) -> bool:
    """Whether `version` comes before `other`. One that is no version comes before all."""
    return _order(version) < _order(other)


def _order(version: str) -> tuple[list[int], bool, list[tuple[bool, int, str]]]:
    found = _VERSION.fullmatch(version)
    if found is None:
        return [], False, []
    numbers = [int(number) for number in found[1].split(".")]
    while numbers and not numbers[-1]:  # 1.0 is 1.0.0
        numbers.pop()
    parts = [(False, int(part), "") if part.isdigit() else (True, 0, part) for part in _PART.findall(found[2])]
    return numbers, not parts, parts  # what is still to be released comes before what is
