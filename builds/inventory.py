"""Everything that a frozen node has in it, held against what it may have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from builds.contents import surplus_libraries, surplus_modules
from builds.elf import elves
from builds.errors import BuildError
from PyInstaller.archive.readers import CArchiveReader


def check(file: Path, folder: Path) -> None:
    """Raise BuildError naming what contents.toml does not know of."""
    judge(file, modules(file), [path.name for path in elves(folder / "_internal")])


def judge(file: Path, modules: Sequence[str], libraries: Sequence[str], system: str = "") -> None:
    """The same for a file of which somebody knows what is in it. `system` may be "windows"."""
    if surplus := surplus_libraries(libraries, system) + surplus_modules(modules):
        raise BuildError(
            f"{file} has in it what the node does not use: {', '.join(surplus)}",
            fix="leave it out, or say in builds/contents.toml what it is for",
        )


def modules(file: Path) -> list[str]:
    """The Python modules of a single file, by their full names."""
    return sorted(CArchiveReader(str(file)).open_embedded_archive("PYZ.pyz").toc)
