"""What is at some paths of a host, told by `ls` alone: `stat` is another program on every system."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import sha256

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from typing_extensions import override

from everleaf.platform.service import File
from everleaf_fleet import shell

_LINE = re.compile(r"([a-z-])([rwxsStT-]{9})\S* +\d+ (\S+) +(\S+) .*? (/.*)")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SPECIAL = {2: 0o4000, 5: 0o2000, 8: 0o1000}  # shown in place of the x at this position


@dataclass(frozen=True, slots=True)
class Entry:
    """One path that exists."""

    kind: str  # "-" a file, "d" a directory, "l" a symbolic link, as `ls` says
    mode: str  # "0644"
    owner: str
    group: str
    target: str = ""  # of a symbolic link
    sha256: str = ""  # of a file, if asked for


class Entries(FactBase[dict[str, Entry]]):
    """Those of the paths that exist, by path; of files the checksum too, unless they are secret."""

    @override
    @staticmethod
    def default() -> dict[str, Entry]:
        return {}

    @override
    def command(self, paths: list[str], sums: bool = True) -> StringCommand:
        lines: list[object] = []
        for path in paths:
            name = QuoteString(path)
            lines += ["ls -ld", name, "2>/dev/null;"]
            if sums:
                lines += ["if test -f", name, "&& ! test -h", name, "; then", shell.checksum(path), "; fi;"]
        return StringCommand(*lines, "true")

    @override
    def process(self, output: list[str]) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for line in output:
            if shown := _LINE.fullmatch(line):
                kind, mode, owner, group, rest = shown.groups()
                path, _, target = rest.partition(" -> ") if kind == "l" else (rest, "", "")
                found[path] = Entry(kind, _octal(mode), owner, group, target)
            elif (summed := _SHA256.search(line)) and found:
                path = next(reversed(found))
                found[path] = replace(found[path], sha256=summed[0])
        return found


def _octal(mode: str) -> str:
    bits = sum(0o400 >> place for place, letter in enumerate(mode) if letter in "rwxst")
    special = sum(bit for place, bit in _SPECIAL.items() if mode[place] in "sStT")
    return f"{bits | special:04o}"


def matches(file: File, there: Entry | None) -> bool:
    """Whether what is on the host is the whole of that file: content, mode and owner."""
    return there is not None and there == Entry("-", file.mode, file.owner, file.group, sha256=checksum(file))


def checksum(file: File) -> str:
    """Of its content."""
    return sha256(file.content.encode()).hexdigest()
