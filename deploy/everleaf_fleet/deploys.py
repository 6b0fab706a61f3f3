"""The deploys: what `pyinfra inventory.py site.py` does to every host, in steps that also stand alone.

`everleaf_*` host or group data overrides a default. `everleaf_binary`, the program to install, has none.
"""

from __future__ import annotations

from functools import cache
from hashlib import file_digest
from pathlib import Path
from typing import Any

from pyinfra.api.deploy import deploy
from pyinfra.api.exceptions import DeployError
from pyinfra.context import host

from everleaf.platform import Platform, platform
from everleaf.platform.render import render
from everleaf_fleet.operations.binary import binary
from everleaf_fleet.operations.config import config
from everleaf_fleet.operations.health import awaited, healthy
from everleaf_fleet.operations.identity import identity
from everleaf_fleet.operations.process import running

DEFAULTS: dict[str, Any] = {
    "everleaf_platform": "linux",
    "everleaf_binary": None,  # path here of the program for that platform
    "everleaf_version": None,  # what to call it; its checksum unless said
    "everleaf_name": "",  # told to others in the node info
    "everleaf_interface": "auto",
    "everleaf_mtu": "auto",
    "everleaf_listen": [],
    "everleaf_peers": [],
    "everleaf_allowed_keys": [],
    "everleaf_log_level": "info",
    "everleaf_wait_peers": 0,  # a host counts as well once it has this many ...
    "everleaf_wait_seconds": 30,  # ... and has failed if it takes longer
}

_RENDERED = ("interface", "mtu", "listen", "peers", "allowed_keys", "log_level")


@deploy("everleaf", data_defaults=DEFAULTS)
def site() -> None:
    """All of it: from a bare host, or an older one, to a node that runs and has its peers."""
    install()
    configure()
    start()


@deploy("install", data_defaults=DEFAULTS)
def install() -> None:
    """The program and its key."""
    there = _platform()
    source = host.data.everleaf_binary
    if not source or not Path(source).is_file():
        raise DeployError(f"everleaf_binary is {source!r}, which is no file here; run `make freeze`, or give its path")
    sha256 = _sha256(source)
    binary(
        name="program",
        source=source,
        sha256=sha256,
        version=host.data.everleaf_version or sha256[:12],
        versions=there.versions,
        link=there.binary,
    )
    identity(name="identity", key_file=there.key_file, binary=there.binary)


@deploy("configure", data_defaults=DEFAULTS)
def configure() -> None:
    """The configuration."""
    there = _platform()
    text = render(
        "node.toml.j2",
        key_file=there.key_file,
        admin=there.admin,
        node_info={"name": host.data.everleaf_name},
        **{key: host.data.get(f"everleaf_{key}") for key in _RENDERED},
    )
    config(name="configuration", content=text, path=there.config, binary=there.binary)


@deploy("start", data_defaults=DEFAULTS)
def start() -> None:
    """The process, and its first peers."""
    there = _platform()
    node = running(
        name="process",
        binary=there.binary,
        config=there.config,
        pidfile=there.pidfile,
        log_file=there.log_file,
    )
    awaited(
        name="peers",
        binary=there.binary,
        peers=host.data.everleaf_wait_peers,
        seconds=host.data.everleaf_wait_seconds,
        _if=node.did_change,
    )


@deploy("status", data_defaults=DEFAULTS)
def status() -> None:
    """Look only: a host whose node is not healthy fails and says why."""
    healthy(name="health", binary=_platform().binary)


def _platform() -> Platform:
    return platform(host.data.everleaf_platform)


@cache
def _sha256(path: str) -> str:
    with Path(path).open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
