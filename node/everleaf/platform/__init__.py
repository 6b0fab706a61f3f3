"""Where a node lives on each platform, and who starts it there.

`platforms.toml` is the only place that knows; this is how it is read, and `render` makes text of it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, TypeVar

from everleaf.errors import UsageError

Row = TypeVar("Row")

__all__ = [
    "VERBS",
    "Manager",
    "Platform",
    "Prerequisite",
    "Template",
    "manager",
    "managers",
    "platform",
    "platforms",
    "prerequisites",
]


@dataclass(frozen=True, slots=True)
class Platform:
    """One row of the table `platform`. Paths are those of the managed host, never of the controller."""

    name: str
    title: str  # for people: "Debian and Ubuntu"
    system: str  # what `uname -s` says there; "Windows" where there is no uname
    ids: tuple[str, ...]  # words of ID and ID_LIKE in /etc/os-release
    manager: str  # who starts the node unless the host says otherwise: a row of the table `manager`
    binary: str  # the name people call; a symbolic link to one of `versions`
    versions: str  # directory of the installed versions, one file each
    config: str
    state: str  # directory of what must survive a reboot and an upgrade: the key. Only the node reads it
    cache: str  # directory where a single file unpacks itself; must allow exec
    runtime: str  # directory of what ends with the node; empty after a reboot
    admin: str  # endpoint of the admin socket
    log_file: str  # "" where the manager keeps what the node says
    hosts_file: str  # names and addresses that need no resolver
    user: str  # who runs the node
    group: str  # who may read its configuration
    mtu_ceiling: int  # the largest MTU this system's TUN carries
    package: str  # the format of packages there
    tun: str  # what opening a TUN takes: a row of the table `tun`

    @property
    def key_file(self) -> str:
        return self.join(self.state, "identity.key")

    @property
    def pidfile(self) -> str:
        return self.join(self.runtime, "node.pid")

    def join(self, *parts: str) -> str:
        """A path of that platform."""
        return str(PureWindowsPath(*parts) if self.system == "Windows" else PurePosixPath(*parts))


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """One row of the table `tun`: command lines of the host's shell."""

    name: str
    check: str  # exit 0 when a TUN can be opened
    load: str  # makes it so


@dataclass(frozen=True, slots=True)
class Template:
    """A file that a manager needs."""

    template: str  # below templates/
    path: str  # on the host; a template itself
    mode: str  # "0644"


@dataclass(frozen=True, slots=True)
class Manager:
    """One row of the table `manager`: its files, and a command line of the host's shell for each verb."""

    name: str
    files: tuple[Template, ...]
    commands: Mapping[str, str]  # every verb of VERBS; templates themselves


VERBS = (
    "refresh",  # after a file of it has changed
    "enable",  # start with the machine
    "disable",
    "enabled",  # exit 0 if so
    "start",
    "stop",
    "restart",
    "reload",  # read the configuration again
    "running",  # exit 0 if so
)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(resources.files(__name__).joinpath("platforms.toml").read_text("utf-8"))


@cache
def platforms() -> dict[str, Platform]:
    """Every known platform by name, in the order of the table."""
    return {name: _platform(name, row) for name, row in _tables()["platform"].items()}


def _platform(name: str, row: dict[str, Any]) -> Platform:
    """A row with what it leaves to the one it is like."""
    while "like" in row:
        row = _tables()["platform"][row["like"]] | {key: value for key, value in row.items() if key != "like"}
    return Platform(name=name, **row | {"ids": tuple(row["ids"])})


@cache
def managers() -> dict[str, Manager]:
    """Every known service manager by name."""
    return {
        name: Manager(name, tuple(Template(**file) for file in row["files"]), row["commands"])
        for name, row in _tables()["manager"].items()
    }


@cache
def prerequisites() -> dict[str, Prerequisite]:
    """What opening a TUN takes, by the name that platforms give it."""
    return {name: Prerequisite(name, **row) for name, row in _tables()["tun"].items()}


def platform(name: str) -> Platform:
    """Raise UsageError, naming the known ones, when `name` is none of them."""
    return _row("platform", platforms(), name)


def manager(name: str) -> Manager:
    """Raise UsageError, naming the known ones, when `name` is none of them."""
    return _row("service manager", managers(), name)


def _row(what: str, rows: Mapping[str, Row], name: str) -> Row:
    try:
        return rows[name]
    except KeyError:
        raise UsageError(f"{what} {name!r} is not known", fix=f"choose one of: {', '.join(rows)}") from None
