"""The running node as the admin API sees it."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from everleaf import _core
from everleaf.admin.health import ClockFacts, DeviceFacts, KeyFacts
from everleaf.admin.rates import Rates
from everleaf.admin.view import LinkTraffic, MulticastView
from everleaf.control.links import Links
from everleaf.control.node import Node
from everleaf.daemon.clock import Clock, steady
from everleaf.daemon.privacy import this_privacy
from everleaf.host.base import ListeningPort
from everleaf.links.background import in_background
from everleaf.uri import LinkURI
from everleaf.wire.message import Query

if TYPE_CHECKING:
    from everleaf.daemon.daemon import Daemon


class View:
    """Reads the daemon; answers of remote nodes come back through `answered`."""

    def __init__(self, daemon: Daemon, public_key: bytes) -> None:
        self._daemon = daemon
        self._tokens = itertools.count(1)
        self._asked: dict[int, asyncio.Future[bytes | None]] = {}
        self._rates = Rates()
        self._clock = Clock()
        self._privacy = this_privacy()
        self.public_key = public_key
        self.started_at = self.now

    @property
    def now(self) -> float:
        return _core.monotonic()

    @property
    def node(self) -> Node:
        return self._daemon.plane.node

    @property
    def links(self) -> Links:
        return self._daemon.plane.links

    @property
    def device(self) -> DeviceFacts | None:
        interface = self._daemon.interface
        return interface.facts(is_open=not self._daemon.plane.tun_closed) if interface else None

    @property
    def clock(self) -> ClockFacts:
        return ClockFacts(time.time(), self._clock.moved(steady()))

    @property
    def key(self) -> KeyFacts:
        file = self._daemon.config.identity.key_file
        try:
            with Path(file).open("rb") as key:
                exposure = self._privacy.exposure(key.fileno())
        except OSError as error:
            return KeyFacts(file, problem=error.strerror or str(error))
        return KeyFacts(file, exposure, self._privacy.remedy(file))

    @property
    def listeners(self) -> Sequence[str]:
        return self._daemon.listeners.names()

    @property
    def multicast(self) -> Sequence[MulticastView]:
        return ()

    def sample(self) -> None:
        """Once a second: look at the clock, and read every link's counters."""
        self._clock.sample(time.time(), steady())
        read = {link: self._daemon.plane.core.link_counters(link) for link in self.node.peers()}
        self._rates.sample(self.now, {link: (c["received"], c["sent"]) for link, c in read.items() if c})

    def traffic(self, link: int) -> LinkTraffic:
        counters = self._daemon.plane.core.link_counters(link)
        rates = self._rates.traffic(link)
        if counters is None:
            return rates
        return LinkTraffic(counters["received"], counters["sent"], rates.received_rate, rates.sent_rate)

    def core_counters(self) -> Mapping[str, int]:
        return self._daemon.plane.core.counters()

    def add_peer(self, uri: LinkURI, interface: str) -> None:
        self._daemon.plane.perform(self.now, self.links.add_peer(self.now, uri, interface))

    def remove_peer(self, uri: LinkURI, interface: str) -> None:
        self._daemon.plane.perform(self.now, self.links.remove_peer(self.now, uri, interface))

    def retry_peers(self) -> None:
        self._daemon.plane.perform(self.now, self.links.retry(self.now))

    async def ask(self, kind: Query, key: bytes) -> bytes | None:
        token = next(self._tokens)
        self._asked[token] = asyncio.get_running_loop().create_future()
        try:
            self._daemon.plane.perform(self.now, self.node.ask(self.now, token, kind, key))
            return await self._asked[token]
        finally:
            del self._asked[token]

    def answered(self, token: int, body: bytes | None) -> None:
        """A remote node answered, or did not in time."""
        waiting = self._asked.get(token)
        if waiting and not waiting.done():
            waiting.set_result(body)

    async def ports(self) -> Sequence[ListeningPort]:
        return await in_background(self._daemon.host.listening_ports)

    async def reload(self) -> Sequence[str]:
        return await self._daemon.reload()
