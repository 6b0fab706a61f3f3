"""What a program has inside, read from the very file that is released, whatever machine it is for."""

from __future__ import annotations

import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from builds.bundled import locked
from PyInstaller.archive.readers import ArchiveReadError, CArchiveReader

_BINARY, _MODULES = "b", "PYZ.pyz"  # of PyInstaller's archives
_CORE = "everleaf/_core."
_LOADER = "loader"  # in the table of components
_TABLE = Path(__file__).with_name("components.toml")


@dataclass(frozen=True, slots=True, order=True)
class Component:
    """One library or package that is in a program."""

    name: str
    version: str  # "" where the file does not tell
    licence: str = ""  # by SPDX; "" for Python packages, which say it themselves
    kind: str = "generic"  # or "pypi"


def inside(program: Path) -> list[Component]:
    """All that is bundled in a program, by name."""
    try:
        archive = CArchiveReader(str(program))
    except ArchiveReadError:
        blobs, modules = {"": program.read_bytes()}, _zipped(program)
    else:
        names = [name for name, row in archive.toc.items() if row[4] == _BINARY]
        blobs = {name.replace("\\", "/"): archive.extract(name) for name in names}
        blobs[_LOADER] = program.read_bytes()[: archive._start_offset]
        modules = {*archive.open_embedded_archive(_MODULES).toc, "PyInstaller"}  # whose loader starts it
    return sorted({*libraries(blobs), *_packages({name.split(".")[0] for name in modules})})


def _zipped(program: Path) -> set[str]:
    """The modules of an archive that was appended to a static Python."""
    if not zipfile.is_zipfile(program):
        return set()
    with zipfile.ZipFile(program) as archive:
        return {name.split("/")[0].removesuffix(".pyc").removesuffix(".py") for name in archive.namelist()}


def libraries(blobs: Mapping[str, bytes]) -> Iterator[Component]:
    """What is in these binaries, by file name: files of their own, and what is linked into the core, or all ("")."""
    for name, row in _table().items():
        own = [data for file, data in blobs.items() if file.rpartition("/")[2].startswith(tuple(row["files"]))]
        linked = [data for file, data in blobs.items() if not file or _CORE in file]
        versions = {found for data in own + linked for found in _versions(row["version"], data)}
        if own and not versions:  # its file does not tell
            versions = {""}
        yield from (Component(name, each, row["licence"]) for each in versions)


def _versions(pattern: str, data: bytes) -> Iterator[str]:
    if pattern:
        yield from (found[1].decode() for found in re.finditer(pattern.encode(), data))


def _packages(modules: set[str]) -> Iterator[Component]:
    """The Python packages, by the distributions that they come from: in the version that is pinned, or is here."""
    pinned = dict(line.split()[0].split("==") for group in ("node", "tools") for line in locked()[group])
    for name in modules & _distributions().keys() - {"everleaf"}:
        for each in _distributions()[name]:
            yield Component(each, pinned.get(each.lower()) or version(each), kind="pypi")


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text("utf-8"))
