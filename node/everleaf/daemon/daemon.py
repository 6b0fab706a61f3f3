"""One node from start to stop: descriptors, timers, signals. What to do with them is control's business."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from everleaf import _core
from everleaf.address import address_of, text
from everleaf.config import Config, cautions
from everleaf.control import effects as fx
from everleaf.control.links import Links
from everleaf.control.node import Node, NodeOptions
from everleaf.daemon.admin import AdminServer
from everleaf.daemon.descriptors import first_reserved
from everleaf.daemon.dialler import Dialler, server_name
from everleaf.daemon.interface import Interface, open_interface
from everleaf.daemon.keeper import Keeper
from everleaf.daemon.listeners import Listeners
from everleaf.daemon.loader import loader
from everleaf.daemon.nodeinfo import node_info
from everleaf.daemon.notify import ServiceManager, Supervisor
from everleaf.daemon.plane import Plane
from everleaf.daemon.reload import configured_peers, reload
from everleaf.daemon.signals import deliver
from everleaf.daemon.view import View
from everleaf.errors import NodeError
from everleaf.host import Framing, this_host
from everleaf.links import Scheme
from everleaf.log import Log
from everleaf.uri import LinkURI

TICK = 1.0  # seconds


class Daemon:
    """Assembles the parts and runs them until told to stop."""

    def __init__(
        self,
        config_file: Path,
        config: Config,
        identity: _core.Identity,
        log: Log,
        supervisor: Supervisor | None = None,
    ) -> None:
        """`supervisor` is who started us, unless that is systemd or nobody."""
        self.config_file = config_file
        self.config = config
        self.log = log
        self._identity = identity
        self._manager = supervisor or ServiceManager()
        self._stopping = asyncio.Event()
        self._changing = asyncio.Lock()  # the start and reloads come one after the other
        self._reloads: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._loader = loader()
        self.host = this_host()
        self._started = False
        self._first_reserved = first_reserved()
        self.interface: Interface | None = None
        self.dialler = Dialler(self._connected, self._dial_failed, self._dial_waiting)
        self.listeners = Listeners(self._accepted)
        self._assemble()

    async def run(self) -> None:
        """Start, serve until `stop`, leave nothing behind. Raises `NodeError` when it cannot start."""
        try:
            async with self._changing:
                await self._start()
            await self._stopping.wait()
        finally:
            await self._finish()

    def stop(self) -> None:
        """Ask for the end; asking again is harmless."""
        self._stopping.set()

    async def reload(self) -> list[str]:
        """Read the configuration again and apply what can change; returns the keys that need a restart."""
        async with self._changing:
            self._manager.reloading(self._now())
            try:
                return await reload(self)
            finally:
                self._manager.ready("running")

    def note(self, event: str, fields: Mapping[str, object], level: str = "info") -> None:
        """Write one line of the day's story."""
        self.log.write(event, level, fields)

    def options(self, config: Config) -> NodeOptions:
        """What the node needs to know of a configuration."""
        password = config.overlay.group_password.encode()
        return NodeOptions(
            mtu=self.interface.mtu if self.interface else 0,
            group_secret=_core.sha256(b"ironwood/encrypted\0" + password) if password else b"",
            allowed_keys=frozenset(config.overlay.allowed_keys),
            node_info=node_info(str(self.config_file), config.nodeinfo.data, privacy=config.nodeinfo.privacy),
            privacy=config.nodeinfo.privacy,
        )

    # --- start and stop ----------------------------------------------------------------------------------------------

    def _assemble(self) -> None:
        config, identity = self.config, self._identity
        self.interface = open_interface(self.host, str(self.config_file), config.interface, identity.public)
        self._keeper = Keeper(self.interface, self.note, self._network_changed) if self.interface else None
        node = Node(identity, _core, self.options(config))
        links = Links(identity, _core, frozenset(config.peering.allowed_keys), _jitter)
        self.view = View(self, identity.public)
        self.plane = Plane(
            _core.Core(identity),
            node,
            links,
            dial=self.dialler.dial,
            dial_later=self.dialler.later,
            answer=self.view.answered,
            write=self._write,
        )
        self.admin = AdminServer(self.view)

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._erred)
        deliver(self._signalled)
        self._manager.listen(partial(_call_soon, loop, self._signalled))
        now = self._now()
        loop.add_reader(self.plane.core.fileno(), self.plane.drain)
        self.plane.perform(now, self.plane.node.start(now, time.time()))
        for problem in await self.listeners.match(self.config.peering.listen):
            raise problem
        await self.admin.listen(self.config.admin.listen)
        if self.interface:
            self._attach(now, self.interface)
        if self._keeper:
            self._keeper.begin()
        for uri, interface in configured_peers(self.config):
            self.plane.perform(now, self.plane.links.add_peer(now, uri, interface))
        self._timer = loop.call_later(TICK, self._tick)
        self._announce_start()

    def _attach(self, now: float, interface: Interface) -> None:
        """Give the device to the core, and tell control when the host is behind Ethernet."""
        device = interface.device
        self.plane.core.attach_tun(
            device.detach(),
            interface.mtu,
            carrier=device.carrier.value,
            framing=device.framing.value,
            family=device.family,
            vnet_header=device.vnet_header,
        )
        if device.framing is Framing.ETHERNET:
            self.plane.perform(now, self.plane.node.tap_attached(now))

    async def _finish(self) -> None:
        self._manager.stopping()
        self.stop()  # also when the start failed
        if self._timer:
            self._timer.cancel()
        for task in self._reloads:
            task.cancel()
        await asyncio.gather(*self._reloads, return_exceptions=True)
        await self.admin.close()
        self.listeners.close()
        await self.dialler.stop()
        asyncio.get_running_loop().remove_reader(self.plane.core.fileno())
        if self._keeper:
            await self._keeper.end()
        self.plane.core.stop()
        if self.interface:
            self.interface.device.close()
        if self._started:
            self.note("node.stopped", {})

    def _announce_start(self) -> None:
        self._started = True
        for caution in cautions(self.config):
            self.note("config.caution", {"reason": caution}, "warning")
        address = text(address_of(self._identity.public))
        fields: dict[str, object] = {"key": self._identity.public.hex(), "address": address}
        if self.interface:
            fields |= {"interface": self.interface.name, "mtu": self.interface.mtu}
        self.note("node.started", fields)
        self._manager.ready(f"running as {address}")

    # --- events ------------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loader and self._loader.gone():
            self.note("node.orphaned", {"parent": self._loader.pid}, "error")
            self.stop()
            return
        self._timer = loop.call_later(TICK, self._tick)
        self.plane.tick(self._now(), time.time())
        if self._keeper and not self.plane.tun_closed:
            self._keeper.tick(self._now())
        self.view.sample()

    def _signalled(self, name: str) -> None:
        if name != "SIGHUP":
            self.stop()
        elif not self._stopping.is_set():
            task = asyncio.ensure_future(self._reload_logged())
            self._reloads.add(task)
            task.add_done_callback(self._reloads.discard)

    async def _reload_logged(self) -> None:
        try:
            await self.reload()
        except NodeError as error:
            self.note("config.refused", {"reason": str(error)}, "error")

    def _connected(self, peer: int, connection: socket.socket, scheme: Scheme, uri: LinkURI) -> None:
        role = "client" if scheme.tls else ""
        try:
            link = self.plane.core.attach_link(connection.detach(), tls=role, sni=server_name(uri) if role else "")
        except OSError as error:
            self._dial_failed(peer, error.strerror or str(error))
            return
        now = self._now()
        self.plane.perform(now, self.plane.links.dialled(now, peer, link))

    def _dial_failed(self, peer: int, reason: str) -> None:
        now = self._now()
        self.plane.perform(now, self.plane.links.dial_failed(now, peer, reason))

    def _dial_waiting(self) -> None:
        now = self._now()
        self.plane.perform(now, self.plane.links.dial_waiting(now))

    def _network_changed(self) -> None:
        now = self._now()
        self.plane.perform(now, self.plane.links.network_changed(now))

    def _accepted(self, connection: socket.socket, scheme: Scheme, uri: LinkURI) -> None:
        if connection.fileno() >= self._first_reserved:
            connection.close()
            self.plane.links.turned_away()
            return
        try:
            remote = f"{scheme.name}://{scheme.remote(connection)}"
            link = self.plane.core.attach_link(connection.detach(), tls="server" if scheme.tls else "")
        except OSError as error:  # gone already, or one too many: no outsider may fill the log with that
            connection.close()
            self.note("link.refused", {"listener": uri.text, "reason": error.strerror or str(error)}, "debug")
            return
        now = self._now()
        self.plane.perform(now, self.plane.links.accepted(now, link, remote, uri))

    def _erred(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A bug of ours, in a callback or a task: tell all that is known of it, and go on with the next event."""
        trace = "".join(traceback.format_exception(context["exception"])) if "exception" in context else ""
        self.note("node.erred", {"reason": context["message"], "trace": trace}, "error")

    def _write(self, note: fx.Note) -> None:
        self.note(note.event, note.fields, note.level)

    def _now(self) -> float:
        return _core.monotonic()


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[str], None], name: str) -> None:
    """`call` in the loop, from another thread."""
    with contextlib.suppress(RuntimeError):  # the loop is closed: this is the end already
        loop.call_soon_threadsafe(call, name)


def _jitter() -> float:
    """Uniform in [0, 1)."""
    return int.from_bytes(_core.random(6), "big") / (1 << 48)
