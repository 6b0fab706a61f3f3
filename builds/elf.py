"""What the ELF files of a build ask of the system they will run on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from builds.errors import BuildError
from builds.step import run

_VERSION = re.compile(r"Name: GLIBC_(\d+)\.(\d+)")
_SECTION = re.compile(r"^Version needs section", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Need:
    """The newest glibc that one file asks for."""

    path: Path
    glibc: tuple[int, int]


def elves(place: Path) -> Iterator[Path]:
    """Every ELF file below `place`, or `place` itself."""
    for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def need(path: Path) -> Need:
    """(0, 0) for a file that asks for no glibc. Only what it needs counts, not the versions it defines itself."""
    text = run(["readelf", "--wide", "--version-info", path], env={"LC_ALL": "C"})
    start = _SECTION.search(text)
    found = [(int(major), int(minor)) for major, minor in _VERSION.findall(text[start.start() :] if start else "")]
    return Need(path, max(found, default=(0, 0)))


def check_glibc(place: Path, newest: tuple[int, int]) -> list[Need]:
    """What each ELF file below `place` needs; raise BuildError naming those that need more than `newest`."""
    needs = [need(path) for path in elves(place)]
    if not needs:
        raise BuildError(f"there is no ELF file in {place}", fix="build it first")
    if too_new := [each for each in needs if each.glibc > newest]:
        names = ", ".join(f"{each.path.name} (glibc {dotted(each.glibc)})" for each in too_new)
        raise BuildError(f"newer than the baseline glibc {dotted(newest)}: {names}", fix="build them in an older root")
    return needs


def check_static(path: Path) -> None:
    """Raise BuildError if `path` asks for an interpreter or a library."""
    text = run(["readelf", "--wide", "--program-headers", "--dynamic", path], env={"LC_ALL": "C"})
    if found := re.findall(r"INTERP|\(NEEDED\).*", text):
        raise BuildError(f"{path.name} is not static: {', '.join(found)}", fix="link it with -static")


def dotted(version: tuple[int, int]) -> str:
    """As people write it."""
    return ".".join(map(str, version))
