"""The control plane wired to the packet path: what the core saw goes to control, what control wants to the core."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import cast

from everleaf import _core
from everleaf.control import effects as fx
from everleaf.control.crypto import SharedKey
from everleaf.control.links import Links
from everleaf.control.node import Node
from everleaf.wire.codec import KEY_SIZE, Reader

BATCH = 64  # events taken in one turn of the loop

Dialler = Callable[[fx.Dial], None]
Alarm = Callable[[float], None]
Answerer = Callable[[int, bytes | None], None]
Scribe = Callable[[fx.Note], None]


class Plane:
    """One node's moving parts. Runs on one thread; `perform` never recurses, so effects happen in order."""

    def __init__(
        self,
        core: _core.Core,
        node: Node,
        links: Links,
        *,
        dial: Dialler,
        dial_later: Alarm,
        answer: Answerer,
        write: Scribe,
    ) -> None:
        self.core = core
        self.node = node
        self.links = links
        self._dial = dial
        self._dial_later = dial_later  # gets the seconds until then
        self._answer = answer
        self._write = write
        self._events: deque[_core.Event] = deque()
        self._admitted: set[int] = set()
        self._waiting: deque[tuple[float, fx.Effect]] = deque()
        self._performing = self._draining = False
        self.tun_closed = False

    def drain(self) -> None:
        """Take some of what the core has seen; to be called as long as there is more.

        Never all of it: peers can send faster than this takes, and the clock, signals and admin requests must go on.
        """
        self._events.extend(self.core.recv(BATCH))
        now = self._events[-1].at if self._events else None
        self._draining = True
        try:
            while self._events:  # those that an error of ours leaves behind are the next turn's
                self._take(self._events.popleft())
        finally:
            self._draining = False
        if now is not None:
            self._flush(now)

    def tick(self, now: float, wall: float) -> None:
        """Once a second."""
        self.perform(now, self.node.activity(now, self.core.activity()))
        self.perform(now, self.links.tick(now))
        self.perform(now, self.node.tick(now, wall))

    def perform(self, now: float, wanted: Iterable[fx.Effect]) -> None:
        """Do what control asked for, and what follows from it."""
        self._waiting.extend((now, effect) for effect in wanted)
        if self._performing:
            return
        self._do_all()
        if not self._draining:
            self._flush(now)

    def _do_all(self) -> None:
        self._performing = True
        try:
            while self._waiting:
                self._do(*self._waiting.popleft())
        finally:
            self._performing = False

    def _flush(self, now: float) -> None:
        """What the node owes once for many events."""
        self._waiting.extend((now, effect) for effect in self.node.flush(now))
        self._do_all()

    # --- from the core -----------------------------------------------------------------------------------------------

    def _take(self, event: _core.Event) -> None:  # noqa: PLR0912  one flat match over all events
        now, node = event.at, self.node
        match event.kind:
            case _core.FRAME:
                self.perform(now, node.frame(now, event.link, event.data))
            case _core.PACKET:
                self.perform(now, node.packet(now, event.data))
            case _core.TRAFFIC:
                self.perform(now, node.traffic(now, event.key, event.data))
            case _core.MESSAGE:
                self.perform(now, node.message(now, event.key, event.data))
            case _core.MOVED:
                moved = node.session_moved(now, event.key, event.remote_seq, event.local_seq, event.data)
                self.perform(now, moved)
            case _core.REFUSED:
                self.perform(now, node.session_refused(now, event.key))
            case _core.DEAD_END:
                dest, origin = event.data[:KEY_SIZE], Reader(event.data[KEY_SIZE:]).path()
                self.perform(now, node.dead_end(now, origin, event.key, dest))
            case _core.TOO_BIG:
                self.perform(now, node.too_big(now, event.key, event.data))
            case _core.NEIGHBOUR:
                self.perform(now, node.neighbour(now, event.data))
            case _core.LINK_READY:
                self.perform(now, self.links.ready(now, event.link, event.data))
            case _core.GREETING:
                self.perform(now, self.links.greeting(now, event.link, event.data))
            case _core.LINK_CLOSED:
                self._link_gone(now, event.link, event.data.decode(errors="replace"))
            case _core.TUN_CLOSED:
                reason = event.data.decode(errors="replace")
                self.tun_closed = True
                self.perform(now, [fx.Note("tun.closed", {"reason": reason}, "error")])

    def _link_gone(self, now: float, link: int, reason: str) -> None:
        self.perform(now, self.links.closed(now, link, reason))
        if link in self._admitted:
            self._admitted.discard(link)
            self.perform(now, self.node.link_down(now, link))

    # --- to the core -------------------------------------------------------------------------------------------------

    def _do(self, now: float, effect: fx.Effect) -> None:  # noqa: PLR0912  one flat match over all effects
        core = self.core
        match effect:
            case fx.SendFrame(link, frame):
                core.send(link, frame)
            case fx.QueueFrame(link, frame, source, dest):
                core.queue(link, frame, source, dest)
            case fx.Seal(key, message):
                core.seal(key, message)
            case fx.Publish(snapshot):
                hops = [(hop.coords, hop.link, hop.cost, hop.age) for hop in snapshot.hops]
                core.publish(snapshot.coords, hops)
            case fx.SetPath(key, path):
                core.set_path(key, path)
            case fx.DropPath(key):
                core.drop_path(key)
            case fx.InstallKeys():
                self._install(effect)
            case fx.DropKeys(key):
                core.drop_keys(key)
            case fx.WritePacket(packet):
                core.write_packet(packet)
            case fx.WriteFrame(frame):
                core.write_frame(frame)
            case fx.SetHostMac(mac):
                core.set_host_mac(mac)
            case fx.SendGreeting(link, data):
                core.greet(link, data)
            case fx.Admit(link, key, priority):
                self._admitted.add(link)
                core.admit(link)
                self.perform(now, self.node.link_up(now, link, key, priority))
            case fx.TrustLink(link):
                core.trust(link)
            case fx.DropLink(link, reason):
                core.drop_link(link)
                self._link_gone(now, link, reason)
            case fx.Dial():
                self._dial(effect)
            case fx.DialLater(at):
                self._dial_later(at - now)
            case fx.Answer(token, body):
                self._answer(token, body)
            case fx.Note():
                self._write(effect)
            case _:
                raise TypeError(f"nothing performs {effect!r}")

    def _install(self, keys: fx.InstallKeys) -> None:
        receive = [(row.remote_seq, row.local_seq, _own(row.key), row.report) for row in keys.receive]
        self.core.install_keys(
            keys.key, keys.local_seq, keys.remote_seq, _own(keys.send), keys.next_public, keys.keep_nonce, receive
        )


def _own(key: SharedKey) -> _core.SharedKey:
    """Control calls it opaque; the core made it."""
    return cast(_core.SharedKey, key)
