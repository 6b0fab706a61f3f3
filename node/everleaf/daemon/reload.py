"""HUP: what can change without a restart changes, no session is dropped, and what could not change is said."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from everleaf import config as configuration
from everleaf.config import Config
from everleaf.control.links import LinkError

if TYPE_CHECKING:
    from everleaf.daemon.daemon import Daemon

FIXED = ("identity", "interface", "admin", "overlay", "multicast")  # tables that need a restart


class Reload:
    """One reload of one daemon."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    async def run(self) -> list[str]:
        """Apply the file as it is now. Raises `ConfigError` and changes nothing when it cannot be read."""
        daemon = self._daemon
        old, new = daemon.config, configuration.load(daemon.config_file)
        options = daemon.options(new, daemon.interface.mtu if daemon.interface else 0)
        now = time.monotonic()
        plane = daemon.plane
        plane.perform(now, plane.node.configure(now, options))
        plane.perform(now, plane.links.set_allowed(now, frozenset(new.peering.allowed_keys)))
        self._match_peers(now, old, new)
        for problem in await daemon.listeners.match(new.peering.listen):
            daemon.note("listen.failed", {"reason": str(problem)}, "error")
        daemon.log.configure(new.log)
        fixed = [table for table in FIXED if getattr(old, table) != getattr(new, table)]
        daemon.config = _merged(old, new)
        daemon.note("config.reloaded", {"needs_restart": ",".join(fixed) or "nothing"})
        return fixed

    def _match_peers(self, now: float, old: Config, new: Config) -> None:
        plane = self._daemon.plane
        before, after = dict.fromkeys(old.peering.all_peers()), dict.fromkeys(new.peering.all_peers())
        for uri, interface in before:
            if (uri, interface) not in after:
                self._try(lambda u=uri, i=interface: plane.perform(now, plane.links.remove_peer(now, u, i)), uri.text)
        for uri, interface in after:
            if (uri, interface) not in before:
                self._try(lambda u=uri, i=interface: plane.perform(now, plane.links.add_peer(now, u, i)), uri.text)

    def _try(self, change, peer: str) -> None:  # type: ignore[no-untyped-def]
        try:
            change()
        except LinkError as error:
            self._daemon.note("peer.unchanged", {"peer": peer, "reason": str(error)}, "warning")


def _merged(old: Config, new: Config) -> Config:
    """What is in force now: the new tables that were applied, the old ones that were not."""
    from dataclasses import replace

    return replace(new, **{table: getattr(old, table) for table in FIXED})
