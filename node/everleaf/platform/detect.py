"""Which platform a machine is, and what starts services there."""

from __future__ import annotations

import platform as python_platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from everleaf.errors import UsageError
from everleaf.platform import ROUTER, Manager, Platform, manager, platforms

VYATTA = "/opt/vyatta/share/vyatta-cfg"  # EdgeOS calls itself Debian
_BOOTED = {"/run/systemd/system": "systemd", "/run/openrc": "openrc"}  # made by these when they booted the machine
_FIRST = {"procd": "procd", "runit": "runit"}  # names of process 1
_SYSVINIT = "/usr/sbin/update-rc.d"  # without which nothing of ours would be started at boot
MARKS = (VYATTA, *_BOOTED, _SYSVINIT)
_LINE = re.compile(r"""([A-Z_]+)=(["']?)(.*)\2""")


@dataclass(frozen=True, slots=True)
class Traits:
    """What tells machines apart."""

    system: str  # what `uname -s` says; "Windows" where there is no uname
    os_release: Mapping[str, str]  # the values of /etc/os-release
    first: str  # the name of process 1; "" where it is not known
    marks: frozenset[str]  # those of MARKS that exist


def platform_of(traits: Traits) -> Platform:
    """Raise UsageError when nothing is known of this system."""
    rows = [row for row in platforms().values() if row.system == traits.system]
    if not rows:
        known = ", ".join(dict.fromkeys(row.system for row in platforms().values()))
        raise UsageError(f"{traits.system} is no system that everleaf knows", fix=f"it knows {known}")
    if traits.system != "Linux":
        return rows[0]
    words = [traits.os_release.get("ID", ""), *traits.os_release.get("ID_LIKE", "").split()]
    if VYATTA in traits.marks and "vyos" not in words:
        words = ["edgeos"]
    found = (row for word in words for row in rows if word in row.ids)
    return next(found, platforms()["linux"])


def manager_of(traits: Traits, home: Platform) -> Manager:
    """What started this machine's services, which is not always what its distribution comes with."""
    if home.system != "Linux" or home.manager == ROUTER:
        return manager(home.manager)
    for mark, name in _BOOTED.items():
        if mark in traits.marks:
            return manager(name)
    if traits.first in _FIRST:
        return manager(_FIRST[traits.first])
    return manager("sysvinit" if traits.first == "init" and _SYSVINIT in traits.marks else "pidfile")


def observe(root: Path = Path("/")) -> Traits:
    """The machine that we run on, whose files are below `root`."""
    marks = frozenset(mark for mark in MARKS if (root / mark.lstrip("/")).exists())
    return Traits(python_platform.system(), _os_release(root), _read(root / "proc/1/comm").strip(), marks)


def _os_release(root: Path) -> dict[str, str]:
    text = _read(root / "etc/os-release") or _read(root / "usr/lib/os-release")
    return {found[1]: found[3] for line in text.splitlines() if (found := _LINE.fullmatch(line.strip()))}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def here() -> Platform:
    """The platform of this machine."""
    return platform_of(observe())
