"""What the programs and libraries of a Windows build ask of the system they will run on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from builds.contents import windows_has
from builds.errors import BuildError
from builds.step import run

_IMPORT = re.compile(r"DLL Name: (\S+)")


def binaries(place: Path) -> Iterator[Path]:
    """Every PE file below `place`."""
    for path in sorted(place.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                if file.read(2) == b"MZ":
                    yield path


def imports(path: Path) -> list[str]:
    """The DLLs that Windows loads with it, in lower case."""
    return sorted({name.lower() for name in _IMPORT.findall(run(["objdump", "--private-headers", path]))})


def check_imports(folder: Path) -> int:
    """How many PE files are in `folder`; raise BuildError unless all they ask for is in it or in every Windows 10."""
    found = list(binaries(folder))
    if not found:
        raise BuildError(f"there is no PE file in {folder}", fix="build it first")
    ours = {path.name.lower() for path in found}
    wanted = {(path.name, name) for path in found for name in imports(path) if name not in ours}
    if missing := sorted((file, name) for file, name in wanted if not windows_has(name)):
        names = ", ".join(f"{name} ({file} asks for it)" for file, name in missing)
        raise BuildError(
            f"neither in the build nor in every Windows: {names}",
            fix="link it statically, put it beside the program, or say in builds/contents.toml that Windows has it",
        )
    return len(found)
