"""What strangers may do to a running node, and what they may not: the peers that behave must not notice."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from everleaf import _core
from everleaf.wire.codec import MAX_UINT64, Reader, put_uvarint
from everleaf.wire.frame import MAX_FRAME, Announce, Keepalive, Message, SigReq, SigRes, decode, join
from everleaf.wire.pathfinder import PathBroken, PathLookup, PathNotify
from everleaf.wire.traffic import Traffic
from everleaf.wire.tree import statement
from interop.arena import MEBIBYTE, SEEDS, TCP, TLS, VECTORS, Arena, arena_of, unharmed
from interop.hostile import Inside, Line, Stranger, hear
from interop.net import Net, wait_until
from interop.nodes import Everleaf, Identity, Yggdrasil, peer, start

LINK_ERRORS = VECTORS["link_errors"]["list"]
PASSING = (Keepalive, Traffic, PathNotify)  # no replies: the real node sends what is for others to unproven peers too


@pytest.fixture(scope="module")
def net() -> Iterator[Net]:
    """One net for all attacks on one node: it has to survive the lot."""
    directory = Path(tempfile.mkdtemp(prefix="everleaf-"))
    net = Net(directory)
    yield net
    net.close()
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def arena(net: Net, keys: tuple[Identity, ...], everleaf: type[Everleaf]) -> Iterator[Arena]:
    arena = arena_of(net, everleaf, keys)
    yield arena
    arena.inside.close()


@pytest.fixture(scope="module")
def reference(net: Net, keys: tuple[Identity, ...]) -> Iterator[Arena]:
    """The same around a real node, to see that the tests ask for what is true of it."""
    arena = arena_of(net, Yggdrasil, keys)
    yield arena
    arena.inside.close()


@pytest.fixture(autouse=True)
def _hang_up(arena: Arena) -> Iterator[None]:
    yield
    arena.inside.hang_up()


# --- frames that the reference was asked to judge ---------------------------------------------------------------------


@dataclass(frozen=True)
class Reaction:
    """What the node did with one frame."""

    closed: bool
    replies: list[Message]
    keepalives: list[float]  # seconds after the frame


def spoken(vector: dict[str, Any]) -> bytes:
    """The recorded input; the two largest are given as a rule."""
    if vector["input"] is not None:
        return bytes.fromhex(vector["input"])
    size = int(re.search(r"uvarint\((\d+)\)", vector["input_rule"])[1])
    return put_uvarint(size) + b"\0" + b"x" * (size - 1)


def speaker(vector: dict[str, Any]) -> Stranger:
    """D where D has signed for this link, else somebody of its own."""
    return Stranger(_core.Identity(SEEDS["D"])) if vector["name"].startswith("sigres") else Stranger.named(vector)


def settle(lines: list[Line], quiet: float) -> None:
    """Answer every frame by a keepalive until nobody has said anything for a while."""
    answered = dict.fromkeys(lines, 0)
    spoke = True
    while spoke:
        spoke = False
        for line in hear(lines, time.monotonic() + quiet):
            spoke = True
            if any(not isinstance(message, Keepalive) for _, message in line.heard[answered[line] :]):
                line.say(Keepalive())
            answered[line] = len(line.heard)


def react(arena: Arena) -> dict[str, Reaction]:
    """Every input on a calm link of its own, but all at the same time: first those that make no stir on D's links."""
    later = [v for v in LINK_ERRORS if v["name"].startswith("announce") or v["name"] == "sigres bad sig"]
    first = [v for v in LINK_ERRORS if v not in later]
    lines = {v["name"]: arena.peer(speaker(v)) for v in LINK_ERRORS}
    settle(list(lines.values()), 1.4)
    reactions = {}
    for vectors in (first, later):
        reactions |= speak([(lines[v["name"]], v) for v in vectors])
    arena.inside.hang_up()
    return reactions


def speak(turns: list[tuple[Line, dict[str, Any]]]) -> dict[str, Reaction]:
    said_at = []
    for line, vector in turns:
        line.heard.clear()
        said_at.append(time.monotonic())
        line.say(spoken(vector))
    for _ in hear([line for line, _ in turns], time.monotonic() + 1.8):
        pass
    reactions = {}
    for (line, vector), then in zip(turns, said_at, strict=True):
        replies = [message for _, message in line.heard if not isinstance(message, PASSING)]
        keepalives = [at - then for at, message in line.heard if isinstance(message, Keepalive)]
        reactions[vector["name"]] = Reaction(line.closed_at is not None, replies, keepalives)
    return reactions


@pytest.fixture(scope="module")
def reactions(arena: Arena, reference: Arena) -> dict[str, dict[str, Reaction]]:
    """Of both nodes."""
    with ThreadPoolExecutor(2) as threads:
        ours, real = threads.map(react, (arena, reference))
    return {"everleaf": ours, "real": real}


@pytest.mark.parametrize("kind", ["everleaf", "real"])
@pytest.mark.parametrize("vector", LINK_ERRORS, ids=lambda vector: vector["name"])
def test_frame_is_judged_as_recorded(arena, reactions, vector, kind):
    reaction = reactions[kind][vector["name"]]
    assert reaction.closed == vector["link_closed"], reaction
    expected = [decode(bytes.fromhex(reply)[1:]) for reply in vector["replies"]]
    assert [type(reply) for reply in reaction.replies] == [type(reply) for reply in expected]
    for reply, recorded in zip(reaction.replies, expected, strict=True):
        assert isinstance(reply, SigRes)
        assert isinstance(recorded, SigRes)
        assert (reply.seq, reply.nonce) == (recorded.seq, recorded.nonce)
        signed = statement(speaker(vector).key, arena.key, reply.seq, reply.nonce, reply.port)
        assert _core.verify(arena.key, signed, reply.psig)
    assert len(reaction.keepalives) == len(vector["keepalive_after"])
    assert all(heard > 0.9 for heard in reaction.keepalives), reaction


# What is refused comes first: later the same announce with a good signature is known, and nobody looks any more.
PROFILE = sorted(VECTORS["ed25519_profile"]["list"], key=lambda vector: vector["accepted"])


@pytest.mark.parametrize("vector", PROFILE, ids=lambda vector: vector["name"])
def test_signature_is_judged_as_recorded(arena, vector):
    key, message = bytes.fromhex(vector["public_key"]), Reader(bytes.fromhex(vector["message"])[64:])
    seq, nonce, port = message.uvarint(), message.uvarint(), message.uvarint()
    signature = bytes.fromhex(vector["signature"])
    line = arena.peer(Stranger.named(vector["name"]))
    line.say(Announce(key, key, seq, nonce, port, signature, signature))
    if vector["accepted"]:
        wait_until(lambda: vector["public_key"] in arena.tree(), "it is believed", 2)
    else:
        assert line.ends(2.0)


# --- greetings -------------------------------------------------------------------------------------------------------

MAJOR, MINOR, PRIORITY = bytes.fromhex("000000020000"), bytes.fromhex("000100020005"), bytes.fromhex("0003000109")
GUEST = Stranger.named("guest")
KEY = bytes.fromhex("00020020") + GUEST.key

GREETINGS: dict[str, list[bytes]] = {
    "preamble is not meta": [b"GET / HTTP/1.1\r\n\r\n", b"Meta" + bytes(119)],
    "body length below 64": [b"meta\0\x3f" + bytes(63), b"meta\0\0"],
    "password differs": [GUEST.greeting(b"secret")],
    "version 0.4, 0.6 or 1.5": [GUEST.greeting(minor=4), GUEST.greeting(minor=6), GUEST.greeting(major=1)],
    "extra TLV type 77": [GUEST.greeting_with(MAJOR + MINOR + KEY + bytes.fromhex("004d0003616263") + PRIORITY)],
    "TLVs in the order 2,1,0 and no priority TLV": [GUEST.greeting_with(KEY + MINOR + MAJOR)],
    "three stray bytes between the TLVs and the signature": [GUEST.greeting_with(MAJOR + MINOR + KEY + b"abc")],
    "TLV length running past the signature start; priority TLV of length 2": [
        GUEST.greeting_with(MAJOR + MINOR + KEY + bytes.fromhex("0003ffff09")),
        GUEST.greeting_with(MAJOR + MINOR + KEY + bytes.fromhex("000300020909")),
    ],
    "version TLV given twice, last one right": [
        GUEST.greeting_with(bytes.fromhex("000100020004") + MAJOR + MINOR + KEY),
    ],
    "the listener's own key": [Stranger(_core.Identity(SEEDS["B"])).greeting()],
}


SPOKEN = [row for row in VECTORS["handshake_errors"] if row["name"] != "nothing sent"]  # which has a test of its own


@pytest.mark.parametrize("row", SPOKEN, ids=lambda row: row["name"])
def test_greeting_is_judged_as_recorded(arena, row):
    for said in GREETINGS[row["name"]]:
        line = arena.line(said)
        accepted = row["observed"].startswith("accepted") and "closed" not in row["observed"]
        if accepted:
            line.wait_for(SigReq)
        else:
            assert line.ends(2.0), line.heard
        assert line.greeted or "at once" in row["observed"] or "0.5.14" in row["observed"]
    if "priority 0" in row["observed"]:
        assert arena.node.links()[-1]["priority"] == 0


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"meta" + (1019).to_bytes(2), id="a-longer-greeting-than-any"),
        pytest.param(b"meta\xff\xff" + bytes(65535), id="the-longest-greeting-there-can-be"),
        pytest.param(os.urandom(100_000), id="noise"),
    ],
)
@pytest.mark.parametrize("port", [TCP, TLS], ids=["tcp", "tls"])
def test_nonsense_for_a_greeting_ends_the_link_at_once(arena, said, port):
    with unharmed(arena, lines=1) as watch:
        for _ in range(3):
            line = arena.inside.line(port, f"127.2.0.{port - TCP + 1}", said)
            assert line.ends(2.0)
    assert watch.counted["links_closed"] == 3
    assert watch.counted["greetings_missing"] == 3


def test_who_does_not_greet_in_six_seconds_is_dropped(arena):
    """Nothing at all, a byte now and then, and the same before TLS."""
    greeting = GUEST.greeting()
    with unharmed(arena, lines=4) as watch:
        began = time.monotonic()
        silent, slow = [arena.line(), arena.line(port=TLS)], [arena.line(), arena.line(port=TLS)]
        said = iter(greeting)
        for _ in hear([*silent, *slow], began + 0.3):
            pass
        while (byte := next(said, None)) is not None and any(line.closed_at is None for line in (*silent, *slow)):
            for line in slow:
                line.say(bytes([byte if line is slow[0] else 0x16]))
            for _ in hear([*silent, *slow], time.monotonic() + 0.3):
                pass
        times = [line.closed_at and line.closed_at - began for line in (*silent, *slow)]
    assert all(at is not None for at in times)
    assert all(5.9 <= at <= 7.5 for at in times[:3]), times
    assert times[3] <= 7.5  # OpenSSL may have seen through it before
    assert watch.counted["greetings_late"] >= 3


# --- crowds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("port", "number", "growth"), [(TCP, 2000, 4), (TLS, 500, 24)], ids=["tcp", "tls"])
def test_crowd_that_never_greets_keeps_nobody_out(arena, port, number, growth):
    source = arena.guest()
    with unharmed(arena, growth=growth * MEBIBYTE, lines=3) as watch:
        for _ in range(number):
            arena.inside.connect(port, source)
        arena.peer(Stranger.named("newcomer"))
    assert watch.counted["links_limited"] >= number - 256
    assert len(arena.node.links()) <= 3


def test_links_that_come_and_go_fill_no_log(arena):
    source = arena.guest()
    with unharmed(arena, lines=17) as watch:
        for number in range(60):
            line = arena.inside.line(TCP, source, Stranger.named(number).greeting())
            line.wait_for(SigReq)
            line.socket.close()
    assert watch.counted["links_opened"] == 60


def test_frames_that_never_end_take_no_more_memory_than_they_claim(arena):
    unfinished = put_uvarint(MAX_FRAME) + b"\0" + bytes(MAX_FRAME - 2)
    with unharmed(arena, growth=16 * MEBIBYTE, lines=50):
        for number in range(40):
            arena.peer(Stranger.named(number)).say(unfinished)
        time.sleep(1)


# --- signatures and the tree -----------------------------------------------------------------------------------------


def forged(arena: Arena) -> dict[str, Message]:
    """What only its signature gives away."""
    root = Stranger.named("root")
    place = root.consent(arena.key, SigReq(1, 1))
    return {
        "announce": replace(root.as_root(), sig=bytes(64)),
        "announce of a parent": replace(root.as_root(), psig=bytes(64)),
        "sig_res": replace(place, psig=bytes(64)),
        "sig_res of another": place,
    }


@pytest.mark.parametrize("what", ["announce", "announce of a parent", "sig_res", "sig_res of another"])
def test_forged_signature_ends_the_link_that_brought_it(arena, what):
    stranger, source = Stranger.named(what), arena.guest()
    with unharmed(arena) as watch:
        for _ in range(3):
            line = arena.inside.peer(TCP, stranger, arena.key, source)
            line.say(forged(arena)[what])
            assert line.ends(2.0)
    assert watch.counted["frames_refused"] == 3
    assert sum("peer.nonsense" in line for line in watch.log) == 1


def test_announces_of_strangers_are_bounded(arena):
    announces = b"".join(join(Stranger.named(number).as_root().frame()) for number in range(3000))
    known = len(arena.tree())
    with unharmed(arena, growth=4 * MEBIBYTE) as watch:
        line = arena.peer(Stranger.named("gossip"))
        line.say(announces)
        wait_until(lambda: arena.counters()["infos_refused"] >= watch.before["infos_refused"] + 2700, "all are judged")
        line.oblige(Stranger.named("gossip"), arena.key, 1.2)
    assert len(arena.tree()) <= known + 257
    assert sum("peer.limited" in line for line in watch.log) == 1


def test_peer_that_replays_and_does_not_read_is_closed(arena):
    root = Stranger.named("replayed")
    with unharmed(arena, growth=8 * MEBIBYTE) as watch:
        line = arena.peer(Stranger.named("replayer"))
        line.say(root.as_root(2))
        line.pour(join(root.as_root(1).frame()) * 300, 10.0, reading=False)
    assert line.closed_at is not None
    assert watch.counted["links_not_read"] == 1
    assert watch.counted["announces_outdated"] > 3000
    assert sum("does not read" in line for line in watch.log) == 1


# --- floods ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Flood:
    """Frames to say as fast as they go, and what must have been counted then."""

    name: str
    frames: Callable[[Arena], Iterable[Message]]
    counted: tuple[str, ...]
    on_tree: bool = False  # from a child; else from a peer that has only proved its key


def inits(arena: Arena, sources: Iterable[bytes], payload: bytes) -> list[Message]:
    return [Traffic((), (7, 7), source, arena.key, MAX_UINT64, payload) for source in sources]


def own_inits(arena: Arena, seq: int) -> list[Message]:
    strangers = [Stranger.named(f"{seq} {number}") for number in range(500)]
    return [init for s in strangers for init in inits(arena, [s.key], s.offer(arena.key, seq))]


def strays(coords: list[int]) -> list[Message]:
    """Traffic for a child that the node does not have."""
    return [Traffic((*coords, 99), (7,), name, GUEST.key, MAX_UINT64, b"x") for name in NAMES]


def honest_key(arena: Arena) -> bytes:
    return bytes.fromhex(arena.honest.key)


NAMES = [os.urandom(32) for _ in range(1000)]
FLOODS = [
    Flood("votes", lambda _: [SigReq(5, 6)] * 1000, ("votes_limited",)),
    Flood("the-same-lookup", lambda a: [PathLookup(GUEST.key, a.key, (7,))] * 100, ("lookups_repeated",), True),
    Flood(
        "lookups",
        lambda a: [PathLookup(name, a.key, (7, 7)) for name in NAMES],
        ("lookups_limited", "answers_limited"),
        True,
    ),
    Flood(
        "path-brokens",
        lambda a: [PathBroken((), MAX_UINT64, a.key, honest_key(a))] * 100,
        ("notices_limited", "brokens_limited"),
    ),
    Flood(
        "notifies",
        lambda a: [
            PathNotify((), MAX_UINT64, honest_key(a), a.key, seq, (), bytes(64)) for seq in range(2**33, 2**33 + 99)
        ],
        ("notices_limited",),
    ),
    Flood(
        "inits-in-others-names",
        lambda a: inits(a, NAMES, GUEST.offer(a.key, int(time.time()))),
        ("offers_forged", "dropped_offer_limit"),
    ),
    Flood("inits", lambda a: own_inits(a, int(time.time())), ("dropped_offer_limit",)),
    Flood("old-inits", lambda a: own_inits(a, 5), ("offers_stale", "strangers_limited", "dropped_offer_limit")),
    Flood("traffic-nobody-can-open", lambda a: inits(a, NAMES, b"\3" + bytes(99)), ("dropped_refused",)),
    Flood(
        "traffic-to-nowhere",
        lambda a: strays(a.coords()),
        ("traffic_dead_ends", "dropped_dead_end_limit"),
    ),
]


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.name)
def test_flood_is_bounded_counted_and_harms_nobody(arena, flood):
    stranger = Stranger.named(flood.name)
    line = arena.child(stranger) if flood.on_tree else arena.peer(stranger)
    data = b"".join(join(message.frame()) for message in flood.frames(arena))
    with unharmed(arena) as watch:
        line.pour(data, 1.0)
        began = time.monotonic()
        assert arena.node.ctl("getSelf")
        assert time.monotonic() - began < 1.0
    assert {name: watch.counted.get(name, 0) > 0 for name in flood.counted} == dict.fromkeys(flood.counted, True)


# --- small orders ----------------------------------------------------------------------------------------------------


def test_small_order_root_that_an_honest_peer_believes_closes_no_link(net, keys, everleaf):
    """Anybody can sign for such a key. The network takes it for a root like any other, so a node has to as well."""
    passer, node = Yggdrasil(net.host("passer"), keys[0]), everleaf(net.host("believer"), keys[1])
    passer.listen.append(f"tcp://127.0.0.1:{TCP}")
    peer(net, node, passer)
    start(passer)
    start(node)
    node.reaches(passer)
    (link,) = node.links()
    vector = PROFILE[1]
    root, signature = bytes.fromhex(vector["public_key"]), bytes.fromhex(vector["signature"])
    stranger, inside = Stranger.named("below a small order"), Inside(passer.host)
    line = inside.peer(TCP, stranger, bytes.fromhex(passer.key))
    line.say(Announce(root, root, 1, 1, 0, signature, signature))
    line.say(stranger.announce(root, SigRes(1, 1, 1, signature)))  # it is good for every message
    with ThreadPoolExecutor(1) as threads:
        obliging = threads.submit(line.oblige, stranger, bytes.fromhex(passer.key), 20.0)
        wait_until(lambda: node.ctl("getStatus")["root"] == root.hex(), "the small order reached the node", 5.0)
        line.socket.shutdown(socket.SHUT_RDWR)
        obliging.result()
    node.reaches(passer)
    (still,) = node.links()
    assert (still["remote"], still["uptime"] >= link["uptime"]) == (link["remote"], True)
    inside.close()
