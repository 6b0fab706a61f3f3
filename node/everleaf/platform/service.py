"""What a service manager needs on a platform, as text: its files, and a command line for each verb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from everleaf.platform import Manager, Platform, prerequisites
from everleaf.platform.render import render, render_text


@dataclass(frozen=True, slots=True)
class File:
    """One file of a host, whole."""

    path: str
    content: str
    mode: str  # "0644"
    owner: str = "root"
    group: str = "root"


@dataclass(frozen=True, slots=True)
class Service:
    """How a node is run by one manager on one platform."""

    manager: str
    files: tuple[File, ...]
    commands: Mapping[str, str]  # by verb, for the host's shell


def service(there: Platform, by: Manager) -> Service:
    """Render everything of `by` for `there`."""
    values = context(there)
    paths = [render_text(file.path, **values) for file in by.files]
    values["files"] = paths
    files = tuple(
        File(path, render(file.template, **values), file.mode) for path, file in zip(paths, by.files, strict=True)
    )
    commands = {verb: render_text(line, **values) for verb, line in by.commands.items()}
    return Service(by.name, files, commands)


def context(there: Platform) -> dict[str, object]:
    """The values that templates may use: the columns of the platform, and what follows from them.

    `files` is added by `service`: the paths of the manager's files, for its commands.
    """
    tun = prerequisites()[there.tun]
    also = {"key_file": there.key_file, "pidfile": there.pidfile, "tun_check": tun.check, "tun_load": tun.load}
    return asdict(there) | also
