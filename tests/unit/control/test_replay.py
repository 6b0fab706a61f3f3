"""What the reference program was seen to do, done again: the same frames in, the same frames out.

Signatures and filters are real here. Where one of our rules mends the reference's, its own rule is put back.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path as File
from typing import Any

import pytest

from everleaf import _core
from everleaf.control import effects as fx
from everleaf.control.liveness import Liveness
from everleaf.control.node import Node, NodeOptions
from everleaf.errors import WireError
from everleaf.wire.frame import Keepalive, Message, Splitter, decode, join
from everleaf.wire.pathfinder import PathLookup, PathNotify
from everleaf.wire.traffic import Traffic
from everleaf.wire.tree import Announce, SigReq, SigRes, statement
from sim.dataplane import DataPlane
from unit.control.reference import ReferenceNode

VECTORS = json.loads((File(__file__).parents[2] / "vectors" / "mesh.json").read_text())
CASES, TRANSCRIPTS, LINK_ERRORS = VECTORS["cases"], VECTORS["transcripts"], VECTORS["link_errors"]
IDENTITIES = {v["name"]: _core.Identity(bytes.fromhex(v["seed"])) for v in VECTORS["nodes"]}


class ScriptedCrypto:
    """The real thing, but its dice fall as recorded."""

    verify = staticmethod(_core.verify)
    box_key = staticmethod(_core.box_key)
    blake2b = staticmethod(_core.blake2b)
    sha256 = staticmethod(_core.sha256)

    def __init__(self, nonces: Iterator[int]) -> None:
        self._nonces = nonces

    def random(self, size: int) -> bytes:
        return next(self._nonces).to_bytes(size)


class Machine:
    """A node and its packet path; `out` has the frames it sent, by link."""

    def __init__(self, name: str, kind: type[Node] = Node, nonces: Iterator[int] | None = None) -> None:
        identity = IDENTITIES[name]
        self.key = identity.public
        self.node = kind(identity, ScriptedCrypto(nonces or count(1)), NodeOptions())
        self.plane = DataPlane(self.key, transmit=self._sent, report=self._report, deliver=lambda *_: None)
        self.out: dict[int, list[bytes]] = defaultdict(list)
        self.closed: list[int] = []
        self.now = 0.0

    def perform(self, effects: list[fx.Effect]) -> None:
        for effect in effects:
            match effect:
                case fx.SendFrame(link, frame) | fx.QueueFrame(link, frame):
                    self._sent(link, frame)
                case fx.DropLink(link):
                    self.closed.append(link)
                case fx.Note():
                    pass
                case _:
                    self.plane.perform(effect)

    def receive(self, now: float, link: int, stream: bytes) -> None:
        """Whole frames with their lengths. What is sealed for this node stays closed: its keys were not recorded."""
        self.now = now
        for frame in Splitter().feed(stream):
            message = decode(frame)
            if not isinstance(message, Traffic):
                self.perform(self.node.frame(now, link, frame))
            elif message.dest != self.key:
                self.plane.traffic(now, link, frame)

    def taken(self, link: int) -> list[Message]:
        """What was sent since the last call."""
        return [decode(frame) for frame in self.out.pop(link, [])]

    def _sent(self, link: int, frame: bytes) -> None:
        self.out[link].append(frame)

    def _report(self, event: str, *facts: object) -> None:
        self.perform(getattr(self.node, event)(self.now, *facts))


# --- cases: one root, two children -----------------------------------------------------------------------------------

LINKS = {"D": 1, "C": 2}  # in the order of their ports
MENDED = ("bloom mixed in: stale ones are kept", "announce same (seq,parent,nonce) but other port -> reply every time")


def parent_of_two(kind: type[Node], date: float) -> Machine:
    """B, after D and C have become its children."""
    machine = Machine("B", kind)
    machine.perform(machine.node.start(0.0, date))
    for name, link in LINKS.items():
        peer = IDENTITIES[name]
        machine.perform(machine.node.link_up(0.0, link, peer.public, 0))
        asked = next(message for message in machine.taken(link) if isinstance(message, SigReq))
        consent = peer.sign(statement(machine.key, peer.public, asked.seq, asked.nonce, 1))
        machine.receive(0.01, link, join(SigRes(asked.seq, asked.nonce, 1, consent).frame()))
        machine.receive(0.02, link, join(SigReq(2, 1).frame()))
        place = next(message for message in machine.taken(link) if isinstance(message, SigRes))
        signature = peer.sign(statement(peer.public, machine.key, 2, 1, place.port))
        announce = Announce(peer.public, machine.key, 2, 1, place.port, place.psig, signature)
        machine.receive(0.03, link, join(announce.frame()))
    machine.perform(machine.node.tick(0.5, date + 0.5))
    machine.out.clear()
    return machine


def date_of(cases: list[dict[str, Any]]) -> float:
    """The answer to a lookup has the date it was recorded."""
    told = [decode(Splitter().feed(bytes.fromhex(out["frame"]))[0]) for case in cases for out in case["output"]]
    return float(next(m.seq for m in told if isinstance(m, PathNotify) and m.source == IDENTITIES["B"].public))


@pytest.mark.parametrize("kind", [Node, ReferenceNode])
def test_cases_give_the_recorded_answers(kind: type[Node]) -> None:
    """They build on each other, so they run as one."""
    cases = next(value for value in CASES.values() if isinstance(value, list))
    date = date_of(cases)
    machine = parent_of_two(kind, date)
    for case in cases:
        for given in case["input"]:
            machine.receive(0.6, LINKS[given["frm"]], bytes.fromhex(given["frame"]))
        for now in (0.7, 0.8):
            machine.perform(machine.node.tick(now, date + now))
        expected = {name: [out["frame"] for out in case["output"] if out["to"] == name] for name in LINKS}
        sent = {name: [join(frame).hex() for frame in machine.out.pop(link, [])] for name, link in LINKS.items()}
        if kind is ReferenceNode or case["name"] not in MENDED:
            assert sent == expected, case["name"]
        else:
            assert sent != expected, case["name"]


# --- link errors: one frame on a fresh link --------------------------------------------------------------------------


def spoken(v: dict[str, Any]) -> bytes:
    """The bytes of the input, which two rows describe instead."""
    if v["input"] is not None:
        return bytes.fromhex(v["input"])
    size = int(v["name"].split()[1])
    return bytes([size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14, 0]) + b"\x78" * (size - 1)


@pytest.mark.parametrize("v", LINK_ERRORS["list"], ids=lambda v: v["name"])
def test_link_reacts_as_recorded(v: dict[str, Any]) -> None:
    machine = Machine("B")
    machine.perform(machine.node.start(0.0, 1.7e9))
    machine.perform(machine.node.link_up(0.0, 1, IDENTITIES["D"].public, 0))
    machine.out.clear()
    liveness = Liveness(1)
    try:
        for frame in Splitter().feed(spoken(v)):
            liveness.read(0.0, frame[0])
        machine.receive(0.0, 1, spoken(v))
        closed = bool(machine.closed)
    except WireError:
        closed = True
    assert closed is v["link_closed"]
    replies = machine.out[1]
    assert [join(frame).hex() for frame in replies] == v["replies"]
    for frame in replies:
        liveness.wrote(0.0, frame[0])
    keepalives = [] if closed else [effect for effect in liveness.tick(1.0) if isinstance(effect, fx.SendFrame)]
    assert len(keepalives) == len(v["keepalive_after"])


# --- transcripts: a chain of four ------------------------------------------------------------------------------------

TICKS = {"A": 0.994, "B": 0.9975, "C": 0.500, "D": 0.998}  # phase of each node's tick, as the records show
PARTED = 20.0  # D was stopped between its last frame and the first dead end
END = 25.0


@dataclass(frozen=True)
class Record:
    """One recorded frame, in the time of the whole chain."""

    at: float
    frm: str
    to: str
    stream: bytes

    @property
    def message(self) -> Message:
        return decode(Splitter().feed(self.stream)[0])


def records() -> list[Record]:
    return [
        Record(link["first_frame_at"] + f["t"], f["frm"], f["to"], bytes.fromhex(f["hex"]))
        for link in TRANSCRIPTS["links"]
        for f in link["frames"]
    ]


def of_its_own(message: Message, name: str) -> bool:
    """What only its local host made it send: those packets were not recorded."""
    return isinstance(message, Traffic | PathLookup) and message.source == IDENTITIES[name].public


def worth_comparing(messages: list[Message], name: str) -> list[Message]:
    return [m for m in messages if not isinstance(m, Keepalive) and not of_its_own(m, name)]


def nonces_of(name: str) -> Iterator[int]:
    """In the order it used them: as a root of one, then for each question."""
    mine = [record.message for record in records() if record.frm == name]
    rooted = [m.nonce for m in mine if isinstance(m, Announce) and m.key == m.parent == IDENTITIES[name].public]
    asked = sorted((r for r in records() if r.frm == name and isinstance(r.message, SigReq)), key=lambda r: r.at)
    return iter([*(rooted or [0]), *(r.message.nonce for r in asked if isinstance(r.message, SigReq))])


def date_at_zero() -> float:
    """Unix time of the first frame: every answer to a lookup tells the second in which it was signed."""
    told = [(record.message.seq, record.at) for record in records() if isinstance(record.message, PathNotify)]
    return (max(seq - at for seq, at in told) + min(seq + 1 - at for seq, at in told)) / 2


def replay(name: str) -> tuple[Machine, dict[str, int]]:
    """Feed a node all it received, at the recorded times."""
    machine = Machine(name, ReferenceNode, nonces_of(name))
    links = {link["dialer"] if link["listener"] == name else link["listener"]: number
             for number, link in enumerate(TRANSCRIPTS["links"], 1) if name in link["link"].split("-")}  # fmt: skip
    began = {number: TRANSCRIPTS["links"][number - 1]["first_frame_at"] for number in links.values()}
    date, node = date_at_zero(), machine.node
    first = min(began.values()) // 1 + TICKS[name] - 1
    start = first if first < min(began.values()) else first - 1
    machine.perform(node.start(start, date + start))
    agenda: list[tuple[float, int, Any]] = []
    for peer, number in links.items():
        up = lambda at, number=number, peer=peer: node.link_up(at, number, IDENTITIES[peer].public, 0)  # noqa: E731
        agenda.append((began[number] - 1e-6, number, up))
    if name == "C":
        agenda.append((PARTED, 0, lambda at: node.link_down(at, links["D"])))
    agenda += [(start + n, 0, lambda at: node.tick(at, date + at)) for n in range(1, int(END - start))]
    agenda += [(r.at, links[r.frm], r.stream) for r in records() if r.to == name]
    for at, number, what in sorted(agenda, key=lambda row: row[0]):
        machine.now = at
        if isinstance(what, bytes):
            machine.receive(at, number, what)
        else:
            machine.perform(what(at))
    return machine, links


@pytest.mark.parametrize("name", "ABCD")
def test_transcripts_give_the_recorded_frames(name: str) -> None:
    machine, links = replay(name)
    for peer, number in links.items():
        recorded = [r.message for r in records() if (r.frm, r.to) == (name, peer)]
        assert worth_comparing(machine.taken(number), name) == worth_comparing(recorded, name), f"{name} to {peer}"
