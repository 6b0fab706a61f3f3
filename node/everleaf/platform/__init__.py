"""Where a node lives on each platform: `platforms.toml` is the only place that knows, this is how it is read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from everleaf.errors import UsageError

__all__ = ["Platform", "platform", "platforms"]


@dataclass(frozen=True, slots=True)
class Platform:
    """One row of `platforms.toml`. Paths are those of the managed host, never of the controller."""

    name: str
    system: str  # what `uname -s` says there
    service: str  # who starts the node: "pidfile" is a plain background process with a pidfile
    binary: str  # the name people call; a symbolic link to one of `versions`
    versions: str  # directory of the installed versions, one file each
    config: str
    key_file: str
    admin_socket: str
    pidfile: str
    log_file: str
    mtu_max: int  # the largest MTU this system's TUN device carries


@cache
def platforms() -> dict[str, Platform]:
    """Every known platform by name, in the order of the table."""
    table = tomllib.loads(resources.files(__name__).joinpath("platforms.toml").read_text("utf-8"))
    return {name: Platform(name=name, **row) for name, row in table.items()}


def platform(name: str) -> Platform:
    """Raise UsageError, naming the known ones, when `name` is none of them."""
    try:
        return platforms()[name]
    except KeyError:
        known = ", ".join(platforms())
        raise UsageError(f"platform {name!r} is not known", fix=f"choose one of: {known}") from None
