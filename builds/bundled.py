"""Packages of others, pinned in wheels.lock: what goes into a frozen node, and what freezes it.

Nothing is installed: a wheel of pure Python is a zip of importable files, and unpacking one takes no Python of the
target's, which may have to be emulated.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

from builds.step import cache, run

LOCK = Path(__file__).with_name("wheels.lock")
_LINUX = ("--only-binary", ":all:", "--platform", "manylinux2014_x86_64", "--python-version", "3.11")
_WINDOWS = ("--only-binary", ":all:", "--platform", "win_amd64", "--python-version", "3.13")
_SOURCE = ("--no-binary", ":all:")
_ASKED = {"windows": _WINDOWS, "interpreter": _WINDOWS, "sources": _SOURCE}  # by group; the others are for Linux


def site(place: Path, *groups: str) -> Path:
    """Unpack the wheels of `groups` of wheels.lock into `place`, without what was compiled; `place`."""
    for file in (file for group in groups for file in wheels(group)):
        with zipfile.ZipFile(file) as archive:
            archive.extractall(place, [name for name in archive.namelist() if not name.endswith((".so", ".pyd"))])
    return place


def wheels(group: str) -> list[Path]:
    """The wheels of one group."""
    return [_fetched(requirement, "-*.whl", *_ASKED.get(group, _LINUX)) for requirement in locked()[group]]


def source(name: str) -> Path:
    """The source archive of `name`, from the group "sources"."""
    return _fetched(pinned(name), ".tar.gz", *_ASKED["sources"])


def pinned(name: str) -> str:
    """The line of `name` in the group "sources": version and digest."""
    (requirement,) = (line for line in locked()["sources"] if line.startswith(f"{name}=="))
    return requirement


def locked() -> dict[str, list[str]]:
    """The lines of wheels.lock by the group under whose heading they stand."""
    groups: dict[str, list[str]] = {}
    for line in filter(None, LOCK.read_text("utf-8").splitlines()):
        if line.startswith("# "):
            latest = groups.setdefault(line.removeprefix("# ").partition(":")[0], [])
        else:
            latest.append(line)
    return groups


def _fetched(requirement: str, ending: str, *options: str) -> Path:
    """The file of one line of wheels.lock, from the cache or the package index, which must serve those very bytes."""
    name, _, version = requirement.split(maxsplit=1)[0].partition("==")
    digest = requirement.rpartition("sha256:")[2]
    place = cache() / "wheels"
    place.mkdir(exist_ok=True)
    pattern = f"{name.replace('-', '_')}-{version}{ending}"
    if not (found := _these(place, pattern, digest)):
        line = place / f"{name}.txt"
        line.write_text(f"{requirement}\n")
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", *options]
        run([*fetch, "--dest", place, "--requirement", line])
        found = _these(place, pattern, digest)
    return found[0]


def _these(place: Path, pattern: str, digest: str) -> list[Path]:
    """The one of that name and digest: a version has a file for every system."""
    return [path for path in place.glob(pattern) if hashlib.sha256(path.read_bytes()).hexdigest() == digest]
