"""Where a node lives on each platform, and who starts it there.

`platforms.toml` is the only place that knows; this is how it is read, and `render` makes text of it.
"""

from __future__ import annotations

import pkgutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any, TypeVar

from everleaf.errors import UsageError

Row = TypeVar("Row")

__all__ = [
    "ROUTER", "VERBS", "WINDOWS", "Manager", "Platform", "Step", "Template",
    "manager", "managers", "platform", "platforms", "step",
]  # fmt: skip


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
    key: str  # the name of its file there
    cache: str  # directory where a single file unpacks itself; must allow exec
    runtime: str  # directory of what ends with the node, made at every start; "" where the system's own has to do
    pidfile: str
    admin: str  # endpoint of the admin socket
    log_file: str  # "" where the manager keeps what the node says
    hosts_file: str  # names and addresses that need no resolver
    user: str  # who runs the node
    group: str  # who may read its configuration
    root_group: str  # of files that are root's
    account: str  # how user and group come to be: a row of the table `account`
    as_user: str  # words before a command, by which root starts it as `user` with what a node may; "" for none
    relabel: str  # after new files, so that the system lets the service use them; "" where it asks for nothing
    mtu_ceiling: int  # the largest MTU this system's TUN carries
    transfer: str  # how files come there over SSH: "sftp", or "scp" where no SFTP server is installed
    glibc: bool  # whether programs run there that are linked with the GNU C library; as far as that is new enough
    package: str  # the format of packages there
    tun: str  # what opening a TUN takes: a row of the table `tun`
    python: str  # the interpreter, where one is installed; "" where its name cannot be known. No node needs it

    @property
    def key_file(self) -> str:
        return self.join(self.state, self.key)

    def join(self, *parts: str) -> str:
        """A path of that platform."""
        return str(self._path(*parts))

    def parent(self, path: str) -> str:
        """The directory that `path` is in."""
        return str(self._path(path).parent)

    def _path(self, *parts: str) -> PurePath:
        return PureWindowsPath(*parts) if self.system == WINDOWS else PurePosixPath(*parts)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the tables `tun` and `account`: command lines of the host's shell. In the table they are templates."""

    check: str  # exit 0 when there is nothing to do
    make: str
    unmake: str  # "" where it stays


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
    system: str  # whose it is, as in Platform
    files: tuple[Template, ...]
    owns: tuple[str, ...]  # directories that are there for these files alone
    commands: Mapping[str, str]  # every verb of VERBS; templates themselves

    def starts_on(self, home: Platform) -> bool:
        """Whether it can start a node there. A router's commits start nothing elsewhere, and nobody else does there."""
        return self.system == home.system and (self.name == home.manager or ROUTER not in (self.name, home.manager))


ROUTER = "vyatta"  # the manager whose configuration is the router's own

WINDOWS = "Windows"  # the system without a POSIX shell

# What a manager is told. Ask `enabled` and `running` first: of the others only `restart` is always good.
VERBS = (
    "refresh",  # after a file of it has changed; the node may end
    "enable",  # start with the machine
    "disable",
    "enabled",  # exit 0 if so
    "start",
    "stop",
    "restart",
    "reload",  # read the configuration again
    "running",  # exit 0 if so
    "log",  # print what the node said last
    "forget",  # before its files are removed
)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((pkgutil.get_data(__name__, "platforms.toml") or b"").decode())


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
        name: Manager(
            name, row["system"], tuple(Template(**file) for file in row["files"]), tuple(row["owns"]), row["commands"]
        )
        for name, row in _tables()["manager"].items()
    }


def step(table: str, name: str) -> Step:
    """A row of the tables `tun` and `account`, by the name that platforms give it."""
    return Step(**_tables()[table][name])


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
