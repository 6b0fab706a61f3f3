"""HUP: what can change without a restart changes, no session is dropped, and what could not change is said."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from everleaf import _core
from everleaf import config as configuration
from everleaf.config import Config
from everleaf.control.links import LinkError
from everleaf.uri import LinkURI

if TYPE_CHECKING:
    from everleaf.daemon.daemon import Daemon

FIXED = ("identity", "interface", "admin", "overlay", "multicast")  # tables that need a restart


def configured_peers(config: Config) -> list[tuple[LinkURI, str]]:
    """Every peer to dial, with the interface it is dialled through ("" for any)."""
    everywhere = [(uri, "") for uri in config.peering.peers]
    return everywhere + [(uri, via.interface) for via in config.peering.via for uri in via.peers]


async def reload(daemon: Daemon) -> list[str]:
    """Apply the file as it is now; returns the tables whose changes need a restart.

    Raises `ConfigError`, and changes nothing, when the file cannot be used.
    """
    old, new = daemon.config, configuration.load(daemon.config_file)
    options = daemon.options(new)
    now, plane = _core.monotonic(), daemon.plane
    plane.perform(now, plane.node.configure(now, options))
    plane.perform(now, plane.links.set_allowed(frozenset(new.peering.allowed_keys)))
    _match_peers(daemon, now, configured_peers(old), configured_peers(new))
    for problem in await daemon.listeners.match(new.peering.listen):
        daemon.note("listen.failed", {"reason": str(problem)}, "error")
    daemon.log.configure(new.log.level, new.log.format)
    fixed = [table for table in FIXED if getattr(old, table) != getattr(new, table)]
    daemon.config = dataclasses.replace(new, **{table: getattr(old, table) for table in FIXED})
    for caution in configuration.cautions(new):
        if caution not in configuration.cautions(old):
            daemon.note("config.caution", {"reason": caution}, "warning")
    daemon.note("config.reloaded", {"needs_restart": ",".join(fixed) or "nothing"})
    return fixed


def _match_peers(
    daemon: Daemon, now: float, before: list[tuple[LinkURI, str]], after: list[tuple[LinkURI, str]]
) -> None:
    plane = daemon.plane
    old, new = _by_name(before), _by_name(after)
    steps = [(plane.links.remove_peer, peer) for name, peer in old.items() if name not in new]
    steps += [(plane.links.change_peer, peer) for name, peer in new.items() if name in old and peer != old[name]]
    steps += [(plane.links.add_peer, peer) for name, peer in new.items() if name not in old]
    for step, (uri, interface) in steps:
        try:
            plane.perform(now, step(now, uri, interface))
        except LinkError as error:  # the admin socket was quicker
            daemon.note("peer.unchanged", {"peer": uri.text, "reason": str(error)}, "warning")


def _by_name(peers: list[tuple[LinkURI, str]]) -> dict[tuple[str, str], tuple[LinkURI, str]]:
    return {(uri.text, interface): (uri, interface) for uri, interface in peers}
