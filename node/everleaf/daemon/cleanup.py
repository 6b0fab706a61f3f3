"""What a node that was killed has left on its host, and taking it away: nothing had to be written down for that."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from everleaf import identity
from everleaf.config import Config
from everleaf.daemon import unpacked
from everleaf.daemon.pidfile import read_pid
from everleaf.errors import PermissionDeniedError
from everleaf.host import Host
from everleaf.links.unix import remove_stale


@dataclass(frozen=True, slots=True)
class Removed:
    """What was there, and is no more."""

    interfaces: tuple[str, ...]  # our address and route on them, or the whole interface where opening had made it
    files: tuple[str, ...]  # and directories


def cleanup(host: Host, config: Config, pidfile: Path | None) -> Removed:
    """Remove what a node with this configuration has left.

    Raises BusyError while it runs, and PermissionDeniedError when something is left that only another user may remove.
    """
    with identity.lock(config.identity.key_file):
        wanted = config.interface
        interfaces = tuple(host.cleanup(wanted.name)) if wanted.kind != "none" else ()
        files = [path for path, remove in _files(config, pidfile) if _told(path, remove)]
        files += unpacked.remove_stale()
    return Removed(interfaces, tuple(map(str, files)))


def _files(config: Config, pidfile: Path | None) -> list[tuple[Path, Callable[[Path], bool]]]:
    """What may be left, and how to remove it."""
    sockets = [config.admin.listen.path] if config.admin.listen else []
    sockets += [uri.path for uri in config.peering.listen if uri.scheme == "unix"]
    files: list[tuple[Path, Callable[[Path], bool]]] = [(Path(path), _remove_socket) for path in sockets if path]
    if pidfile:
        files.append((pidfile, _remove_pidfile))
    return files


def _told(path: Path, remove: Callable[[Path], bool]) -> bool:
    """What `remove` says."""
    try:
        return remove(path)
    except PermissionError as error:
        raise PermissionDeniedError(
            f"{path} may not be removed: {error.strerror}", fix="run as its owner, or as root"
        ) from error


def _remove_socket(path: Path) -> bool:
    """Remove it unless somebody serves it; whether that was so."""
    return asyncio.run(remove_stale(path))


def _remove_pidfile(path: Path) -> bool:
    """Remove it unless it names a living process; whether that was so."""
    pid = read_pid(path)
    if not pid or _lives(pid):
        return False
    path.unlink()
    return True


def _lives(pid: int) -> bool:
    """Whether some process has this number. It is not the node, whose lock we hold, but then the file may be its."""
    if os.name == "nt":  # where signal 0 ends a process; the lock has to do
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
