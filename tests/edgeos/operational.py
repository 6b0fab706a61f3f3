"""Operational commands: their templates, and how the router's shell runs them (vyatta-op, vyatta-op-run)."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from edgeos.expression import NodeDefError
from edgeos.templates import TAG

_FIELDS = ("help", "run", "allowed")
_FIELD = re.compile(r"([a-z]+):[ ]*(.*)")


@dataclass(frozen=True, slots=True)
class Command:
    """One word, or the value in its place."""

    help: str
    run: str = ""  # nothing: the command goes on
    allowed: str = ""  # prints what the value may be


def read(path: Path) -> Command:
    """Raise NodeDefError, which names the file, for what the router's sed would read otherwise."""
    fields: dict[str, str] = {}
    name = ""
    for line in path.read_text("ascii").splitlines():
        if found := _FIELD.fullmatch(line):
            name, text = found[1], found[2]
            if name not in _FIELDS or name in fields:
                raise NodeDefError(f"{path}: {name}: is unknown, or stands here twice")
            fields[name] = text
        elif not name or not line.startswith((" ", "\t")):
            raise NodeDefError(f"{path}: belongs to no field: {line!r}")
        else:
            fields[name] += f"\n{line}"
    if not fields.get("help"):
        raise NodeDefError(f"{path}: help: is missing")
    if "\\" in fields.get("run", ""):
        raise NodeDefError(f"{path}: run: has a backslash, which echo -e takes for its own")
    return Command(**fields)


def load(directory: Path) -> dict[tuple[str, ...], Command]:
    """Every command below a directory, by its words; `node.tag` stands for a value."""
    return {path.parent.relative_to(directory).parts: read(path) for path in sorted(directory.rglob("node.def"))}


def script(commands: dict[tuple[str, ...], Command], *words: str) -> str:
    """What bash evaluates when these words are typed. Raises KeyError where the templates have no such command."""
    path: tuple[str, ...] = ()
    for word in words:
        path = (*path, word if (*path, word) in commands or _leads(commands, (*path, word)) else TAG)
        if path not in commands and not _leads(commands, path):
            raise KeyError(" ".join(words))
    run = re.sub(r"\$([0-9])", r"${args[\1]}", commands[path].run)
    if not run:
        raise KeyError(" ".join(words))
    given = " ".join(f"[{number}]={shlex.quote(word)}" for number, word in enumerate(words, 1))
    return f"args=({given}); eval {shlex.quote(run)}"


def _leads(commands: dict[tuple[str, ...], Command], path: tuple[str, ...]) -> bool:
    """Whether other packages have the template: `show`, `show interfaces`, `restart`, `generate`."""
    return len(path) < 3 and any(known[: len(path)] == path for known in commands)
