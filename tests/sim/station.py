"""One simulated machine: a real `Node`, a packet path, links, and a local host that counts what it gets."""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass, field

from everleaf.address import address_of
from everleaf.control import effects as fx
from everleaf.control.liveness import Liveness
from everleaf.control.node import Node, NodeOptions
from everleaf.wire.frame_type import FrameType
from sim.crypto import FakeCrypto, FakeIdentity
from sim.dataplane import DataPlane
from sim.world import World

TICK = 1.0  # seconds
TURN = 0.001  # seconds in which a daemon's loop takes all that has arrived
EPOCH = 1_700_000_000.0  # Unix seconds when a world begins
NO_NEXT_HEADER = 59


@dataclass(slots=True)
class Wire:
    """One link's two ends. What is sent arrives after `latency`, in order, unless the wire is cut or frozen."""

    ends: tuple[Station, Station]
    numbers: tuple[int, int]
    latency: float
    up: bool = True
    frozen: bool = False  # both ends believe in it, but nothing arrives
    lost: float = 0.0  # the part of the frames that does not arrive, as no stream transport would have it
    doubled: float = 0.0  # the part that arrives twice


@dataclass(slots=True)
class _End:
    wire: Wire
    side: int
    liveness: Liveness = field(init=False)

    def __post_init__(self) -> None:
        self.liveness = Liveness(self.wire.numbers[self.side])


class Station:
    """The daemon's part, without a daemon."""

    def __init__(self, world: World, name: str, options: NodeOptions | None = None) -> None:
        self.world = world
        self.name = name
        identity = FakeIdentity(f"{world.seed} {name}".encode())
        self.key = identity.public
        self.node = self.make_node(identity, FakeCrypto(f"{world.seed} {name}"), options or NodeOptions())
        self.plane = DataPlane(self.key, transmit=self._transmit, report=self._report, deliver=self._deliver)
        self.ends: dict[int, _End] = {}
        self.inbox: list[tuple[bytes, bytes]] = []  # source key and packet
        self.notes: list[fx.Note] = []
        self.answers: dict[int, bytes | None] = {}
        self.dropped: list[str] = []  # why we ended links
        self.sent: Counter[int] = Counter()  # bytes of frames, by type
        self.frames: Counter[int] = Counter()
        self._links = 0
        self._stopped = self._flushing = False
        self.clock_error = 0.0  # seconds the wall clock is off
        world.at(world.now + world.rng.random() * TICK, self._start)

    def make_node(self, identity: FakeIdentity, crypto: FakeCrypto, options: NodeOptions) -> Node:
        """The machine under test."""
        return Node(identity, crypto, options)

    def wall(self) -> float:
        """Unix seconds, as this machine has them."""
        return EPOCH + self.world.now + self.clock_error

    def stop(self) -> None:
        """The process ends."""
        self._stopped = True

    # --- links -------------------------------------------------------------------------------------------------------

    def number(self) -> int:
        """A link number that was never used here."""
        self._links += 1
        return self._links

    def plug(self, wire: Wire, side: int) -> None:
        """The greeting is over."""
        number, peer = wire.numbers[side], wire.ends[1 - side]
        self.ends[number] = _End(wire, side)
        self.perform(self.node.link_up(self.world.now, number, peer.key, 0))

    def unplug(self, number: int) -> None:
        """The link ended."""
        if self.ends.pop(number, None):
            self.plane.link_down(number)
            self.perform(self.node.link_down(self.world.now, number))
            self._flush_soon()

    def receive(self, wire: Wire, side: int, frame: bytes) -> None:
        """A frame arrived."""
        number = wire.numbers[side]
        end = self.ends.get(number)
        if end is None or wire.frozen:
            return
        self.world.record(self.name, number, frame)
        end.liveness.read(self.world.now, frame[0])
        if frame[0] == FrameType.TRAFFIC:
            self.plane.traffic(self.world.now, number, frame)
        elif frame[0] != FrameType.KEEPALIVE:
            self.perform(self.node.frame(self.world.now, number, frame))
            self._flush_soon()

    # --- the local host ----------------------------------------------------------------------------------------------

    def send(self, dest: bytes, payload: bytes) -> None:
        """An IPv6 packet to the node with key `dest`."""
        head = struct.pack(">IHBB", 6 << 28, len(payload), NO_NEXT_HEADER, 64)
        self.plane.packet(head + address_of(self.key) + address_of(dest) + payload)

    def payloads(self, source: bytes) -> list[bytes]:
        """What arrived from `source`."""
        return [packet[40:] for key, packet in self.inbox if key == source]

    # --- effects -----------------------------------------------------------------------------------------------------

    def perform(self, effects: list[fx.Effect]) -> None:
        """What the daemon does."""
        for effect in effects:
            match effect:
                case fx.SendFrame(link, frame) | fx.QueueFrame(link, frame):
                    self._transmit(link, frame)
                case fx.DropLink(link, reason):
                    self.dropped.append(reason)
                    self._hang_up(link)
                case fx.Note():
                    self.notes.append(effect)
                case fx.Answer(token, body):
                    self.answers[token] = body
                case _:
                    self.plane.perform(effect)

    def _transmit(self, number: int, frame: bytes) -> None:
        end = self.ends.get(number)
        if end is None:
            return
        world, wire, far = self.world, end.wire, 1 - end.side
        end.liveness.wrote(world.now, frame[0])
        self.sent[frame[0]] += len(frame)
        self.frames[frame[0]] += 1
        for _ in range(self._copies(wire)):
            world.at(world.now + wire.latency, wire.ends[far].receive, wire, far, frame)

    def _copies(self, wire: Wire) -> int:
        if not (wire.lost or wire.doubled):
            return 1
        dice = self.world.rng.random()
        return 0 if dice < wire.lost else 2 if dice < wire.lost + wire.doubled else 1

    def _hang_up(self, number: int) -> None:
        end = self.ends.get(number)
        if end:
            wire, far = end.wire, 1 - end.side
            wire.up = False
            self.unplug(number)
            self.world.at(self.world.now + wire.latency, wire.ends[far].unplug, wire.numbers[far])

    def _report(self, event: str, *facts: object) -> None:
        self.perform(getattr(self.node, event)(self.world.now, *facts))

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self.world.at(self.world.now + TURN, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        self.perform(self.node.flush(self.world.now))

    def _deliver(self, source: bytes, packet: bytes) -> None:
        self.world.record(self.name, "delivered", source, packet)
        self.inbox.append((source, packet))

    def _start(self) -> None:
        now = self.world.now
        self.perform(self.node.start(now, self.wall()))
        self.world.at(now + TICK, self._tick)

    def _tick(self) -> None:
        if self._stopped:
            return
        now = self.world.now
        for end in list(self.ends.values()):
            self.perform(end.liveness.tick(now))
        self.perform(self.node.activity(now, self.plane.activity()))
        self.perform(self.node.tick(now, self.wall()))
        self.world.at(now + TICK, self._tick)
