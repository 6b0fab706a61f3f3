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

from PyInstaller.archive.readers import ArchiveReadError, CArchiveReader

_BINARY, _MODULES = "b", "PYZ.pyz"  # of PyInstaller's archives
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
        blobs = {name: archive.extract(name) for name, row in archive.toc.items() if row[4] == _BINARY}
        modules = set(archive.open_embedded_archive(_MODULES).toc)
    return sorted({*_libraries(blobs), *_packages({name.split(".")[0] for name in modules})})


def _zipped(program: Path) -> set[str]:
    """The modules of an archive that was appended to a static Python."""
    if not zipfile.is_zipfile(program):
        return set()
    with zipfile.ZipFile(program) as archive:
        return {name.split("/")[0].removesuffix(".pyc").removesuffix(".py") for name in archive.namelist()}


def _libraries(blobs: dict[str, bytes]) -> Iterator[Component]:
    for name, row in _table().items():
        own = [data for file, data in blobs.items() if not file or file.startswith(tuple(row["files"]))]
        versions = {found[1].decode() for data in own if row["version"] for found in _matches(row["version"], data)}
        if versions:
            yield from (Component(name, each, row["licence"]) for each in versions)
        elif any(blobs) and own:  # a library file whose version is not in it
            yield Component(name, "", row["licence"])


def _matches(pattern: str, data: bytes) -> Iterator[re.Match[bytes]]:
    return re.finditer(pattern.encode(), data)


def _packages(modules: set[str]) -> Iterator[Component]:
    """The Python packages, by the distributions here that they come from."""
    for name in modules & _distributions().keys() - {"everleaf"}:
        yield from (Component(each, version(each), kind="pypi") for each in _distributions()[name])


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text("utf-8"))
