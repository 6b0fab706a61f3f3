"""Where the programs of a fleet come from, and which of them a host gets.

With a release key the channel is a release, and nothing is taken but what that key has signed; without one it is a
directory of the fleet's owner, who answers for what is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from everleaf import __version__
from everleaf.errors import UnavailableError, UntrustedError
from everleaf.platform import WINDOWS, Platform
from everleaf.release import older
from everleaf_fleet import releases
from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.model.lock import Lock

# What releases call the machines that `uname -m` calls otherwise. EdgeOS runs 32-bit programs, on MediaTek and Octeon.
_ALIASES = {
    "amd64": ("x86_64",),
    "arm64": ("aarch64",),
    "aarch64": ("arm64",),
    "armv7l": ("armhf",),
    "armv8l": ("armhf",),
}
_ROUTERS = {"mips": "mipsel", "mips64": "mips"}


def program(fleet: Fleet, home: Platform, machine: str) -> Path:
    """The file here with the program for such a host. `machine` is what `uname -m` says there.

    Raises UnavailableError, which names what it looked for, and with a release key UntrustedError.
    """
    wanted = [*_wanted(fleet.version, home, machine)]
    path = _found(fleet, wanted if fleet.release_key else [*wanted, *_plain(fleet.version, home)])
    if path:
        return path
    raise UnavailableError(
        f"there is no program {fleet.source}/everleaf-{fleet.version}-{home.name}-{machine}{_suffix(home)}",
        fix="put it there, or change fleet.version or fleet.channel",
    )


def package(fleet: Fleet, machine: str) -> Path | None:
    """The file here with a router's package, if the channel has one. Raises UnavailableError, UntrustedError."""
    return _found(fleet, [rf"everleaf_{re.escape(fleet.version)}-1edgeos_{_ROUTERS.get(machine, machine)}\.deb"])


def judge(fleet: Fleet, lock: Lock, names: Iterable[str]) -> None:
    """Refuse what must not come to these hosts, before one of them is touched.

    Raises UntrustedError, UnavailableError.
    """
    if not fleet.release_key:
        return
    releases.index(fleet.source, fleet.release_key, fleet.version)
    for name in names:
        told = lock.hosts.get(name)
        if told and older(fleet.version, told.version) and not fleet.downgrade:
            fix = "everleaf-fleet does that with fleet.downgrade = true alone"
            raise UntrustedError(f"{name} has version {told.version}, and {fleet.version} is before it", fix=fix)


def _found(fleet: Fleet, wanted: Iterable[str]) -> Path | None:
    """The file that is wanted most."""
    if fleet.release_key:
        listed = releases.index(fleet.source, fleet.release_key, fleet.version)
        name = _chosen((file.name for file in listed.files), wanted)
        return releases.program(fleet.source, listed.named(name)) if name else None
    name = _chosen((path.name for path in Path(fleet.source).glob("everleaf*") if path.is_file()), wanted)
    return Path(fleet.source) / name if name else None


def _chosen(names: Iterable[str], wanted: Iterable[str]) -> str | None:
    """The name that is wanted most; of several alike the lowest, which asks the least of a host."""
    there = sorted(names)
    return next((name for form in wanted for name in there if re.fullmatch(form, name)), None)


def _wanted(version: str, home: Platform, machine: str) -> Iterator[str]:
    """What a program may be called, the most specific form first; linked with nothing when all else fails."""
    words = (_ROUTERS.get(machine, machine),) if home.name == "edgeos" else (machine, *_ALIASES.get(machine, ()))
    libraries = ["", *(["-glibc[0-9]+"] if home.glibc else []), *(["-static"] if home.system == "Linux" else [])]
    for place in (home.name, home.system.lower()):
        for word in words:
            for library in libraries:
                name = f"everleaf-{re.escape(version)}-{place}[0-9]*-{re.escape(word)}{library}"
                yield name + re.escape(_suffix(home))


def _suffix(home: Platform) -> str:
    """A service of Windows is no single file: it gets the folder, packed."""
    return ".tgz" if home.system == WINDOWS else ""


def _plain(version: str, home: Platform) -> list[str]:
    """A name without a system is its owner's to vouch for; the plainest is what `make freeze` has left here."""
    plain = ["everleaf"] if version == __version__ and home.system == "Linux" else []
    return [re.escape(f"everleaf-{version}"), *plain]
