"""The targets: what is built, how, for which systems at least, and what the result is called."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path

from builds.errors import BuildError

TABLE = Path(__file__).with_name("targets.toml")
PROJECT = TABLE.parents[1] / "pyproject.toml"

_NAME = re.compile(r"(?P<os>[a-z]+[0-9]*)-(?P<arch>[a-z0-9_]+)(-(?P<libc>glibc[0-9]{3}|static))?")


class Recipe(Enum):
    """How a target is made; targets.toml says what each means."""

    DEBIAN = "debian"
    STATIC = "static"
    WINE = "wine"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Target:
    """One row of targets.toml."""

    name: str
    recipe: Recipe
    baseline: str  # "glibc 2.31", "static", or an operating system and its version
    root: str = ""  # SUITE-ARCHITECTURE of the Debian root it is built in
    runs_in: tuple[str, ...] = ()  # roots, oldest first
    triple: str = ""  # zig's name of the system
    cpu: str = ""  # zig's name of what a CPU must be able to, if not what zig takes for the least
    openssl: str = ""  # OpenSSL's name of it
    emulator: str = ""  # the command that runs it on this machine, if that is needed

    @property
    def glibc(self) -> tuple[int, int] | None:
        """The newest glibc it may ask for; None if it asks for none."""
        kind, _, number = self.baseline.partition(" ")
        if kind != "glibc":
            return None
        major, minor = number.split(".")
        return int(major), int(minor)

    def file(self) -> str:
        """What the released file is called."""
        suffix = ".exe" if self.name.startswith("windows") else ""
        return f"everleaf-{version()}-{self.name}{suffix}"


def version() -> str:
    """The project's, from the one place it stands in."""
    return str(tomllib.loads(PROJECT.read_text("utf-8"))["project"]["version"])


def targets() -> dict[str, Target]:
    """Every target by its name."""
    return {name: _target(name, row) for name, row in tomllib.loads(TABLE.read_text("utf-8")).items()}


def find(name: str) -> Target:
    """Raise BuildError, and say which there are, when there is none of this name."""
    try:
        return targets()[name]
    except KeyError:
        raise BuildError(f"there is no target {name!r}", fix="one of: " + ", ".join(targets())) from None


def _target(name: str, row: dict[str, str | list[str]]) -> Target:
    unknown = set(row) - {field.name for field in fields(Target)}
    if unknown or "name" in row:
        raise BuildError(f"{TABLE.name}: {name} has no field {', '.join(sorted(unknown)) or 'name'}")
    if not _NAME.fullmatch(name):
        raise BuildError(f"{TABLE.name}: {name!r} is no name of the form OS-ARCHITECTURE or OS-ARCHITECTURE-LIBC")
    texts = {key: str(value) for key, value in row.items() if key not in {"recipe", "runs_in"}}
    return Target(name=name, recipe=Recipe(row["recipe"]), runs_in=tuple(row.get("runs_in", ())), **texts)
