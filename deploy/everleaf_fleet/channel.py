"""Where the programs of a fleet come from."""

from __future__ import annotations

from pathlib import Path

from everleaf import __version__
from everleaf.errors import UnavailableError
from everleaf.platform import Platform
from everleaf_fleet.model.fleet import Fleet


def program(fleet: Fleet, home: Platform, machine: str) -> Path:
    """The file here with the program for such a host. `machine` is what `uname -m` says there.

    Raises UnavailableError, which names what it looked for.
    """
    directory = fleet.file.parent / fleet.channel
    for name in _names(fleet.version, home, machine):
        if (directory / name).is_file():
            return directory / name
    wanted = directory / next(iter(_names(fleet.version, home, machine)))
    raise UnavailableError(
        f"there is no program {wanted}", fix="put it there, or change fleet.version or fleet.channel"
    )


def _names(version: str, home: Platform, machine: str) -> list[str]:
    """What a program may be called, the most specific name first. A plain one is what `make freeze` has left here."""
    names = [f"everleaf-{version}-{place}-{machine}" for place in (home.name, home.system.lower())]
    plain = ["everleaf"] if version == __version__ and home.system == "Linux" else []
    return [*names, f"everleaf-{version}", *plain]
