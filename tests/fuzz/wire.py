"""The decoders of everleaf.wire: everything a peer, or a node behind one, can make us read."""

from __future__ import annotations

from itertools import pairwise

from everleaf.errors import WireError
from everleaf.wire import icmp, neighbour
from everleaf.wire import message as session_message
from everleaf.wire.codec import Reader, put_path, put_uvarint
from everleaf.wire.ethernet import HEADER_SIZE, Frame, Way, judge
from everleaf.wire.frame import (
    Announce,
    Bloom,
    FrameType,
    PathBroken,
    PathLookup,
    PathNotify,
    SigReq,
    SigRes,
    Splitter,
    Traffic,
    decode,
    join,
)
from everleaf.wire.handshake import Meta
from everleaf.wire.session import Handshake, KeyOffer, Sealed
from fuzz.target import Target, message, stable
from unit.wire.linux_frames import AT_UP, DAD, HOST, SOLICITATION, SUBNET_SOLICITATION
from vectors.captured import MESH, NODE

STREAMS = [bytes.fromhex(v["frame"]) for v in MESH["frames"]]
FRAMES = [frame for stream in STREAMS for frame in Splitter().feed(stream)]
STEPS = [step for session in NODE["session_captured_0_5_12"] for step in session["steps"]]
PAYLOADS = [bytes.fromhex(step["session_payload"]) for step in STEPS]
ADVERTISEMENTS = [
    neighbour.Advertisement(HOST, dest, HOST, flags, mac).encode()
    for dest, flags, mac in (
        (HOST, neighbour.Flags.SOLICITED, b"\2\0\0\0\0\2"),
        (b"\xff\2" + bytes(13) + b"\1", neighbour.Flags.OVERRIDE, b""),
    )
]
MESSAGES = [bytes.fromhex(v["bytes"].split()[0]) for v in NODE["in_session_messages"] if v["name"] != "traffic"]


def bodies(kind: FrameType) -> list[bytes]:
    """What the captured frames of one type carry."""
    return [frame[1:] for frame in FRAMES if frame[0] == kind]


def read_uvarint(data: bytes) -> int:
    r = Reader(data)
    number = r.uvarint()
    r.finish()
    return number


def read_path(data: bytes) -> tuple[int, ...]:
    r = Reader(data)
    path = r.path()
    r.finish()
    return path


def split_in_two(data: bytes) -> bool:
    """The first byte says where to cut the rest."""
    stream, cut = data[1:], data[0] if data else 0
    whole, halves = _split(stream), _split(stream[:cut], stream[cut:])
    assert whole == halves, f"cut at {cut}"
    if whole is None:
        return False
    assert _split(b"".join(map(join, whole))) == whole
    return bool(whole)


def _split(*pieces: bytes) -> list[bytes] | None:
    splitter = Splitter()
    try:
        return [frame for piece in pieces for frame in splitter.feed(piece)]
    except WireError:
        return None


def answer_packet(data: bytes) -> bool:
    try:
        header = icmp.Header.decode(data)
    except WireError:
        return False
    answer = icmp.packet_too_big(data, 1280)
    assert icmp.Header.decode(answer) == icmp.Header(header.dest, header.source, len(answer) - icmp.HEADER_SIZE)
    assert answer.endswith(data[: icmp.QUOTE_MAX])
    assert len(answer) <= icmp.HEADER_SIZE + 8 + icmp.QUOTE_MAX
    return True


def judge_frame(data: bytes) -> bool:
    """The first byte is padding that does not belong to the frame."""
    frame, padding = data[1:], data[:1]
    way, whole = judge(frame)
    if way in (Way.SHORT, Way.FOREIGN):
        assert whole == len(frame)
        return False
    packet = icmp.Header.decode(frame[HEADER_SIZE:]) if frame[HEADER_SIZE] >> 4 == 6 else None
    if packet:
        assert judge(frame[:whole]) == (way, whole)
        full = whole == HEADER_SIZE + icmp.HEADER_SIZE + packet.payload_length
        assert judge(frame[:whole] + padding)[1] == whole + (0 if full else len(padding))
    return True


STABLE = "raises only WireError; what decodes, encodes to bytes that decode to the same"

TARGETS = (
    Target("uvarint", STABLE, stable(read_uvarint, put_uvarint), [put_uvarint(n) for n in (0, 127, 300, 2**63)]),
    Target("path", STABLE, stable(read_path, put_path), [put_path(p) for p in ((), (1, 2, 2), (2, 300, 70000))]),
    Target(
        "splitter",
        "a stream gives the same frames, or the same refusal, whole and cut in two; joined again they split the same",
        split_in_two,
        [bytes((len(a) // 2,)) + a + b for a, b in pairwise(STREAMS)],
    ),
    Target("frame", STABLE, stable(decode, lambda decoded: decoded.frame()), FRAMES),
    message("sig_req", SigReq.decode, bodies(FrameType.SIG_REQ)),
    message("sig_res", SigRes.decode, bodies(FrameType.SIG_RES)),
    message("announce", Announce.decode, bodies(FrameType.ANNOUNCE)),
    message("bloom", Bloom.decode, bodies(FrameType.BLOOM)),
    message("path_lookup", PathLookup.decode, bodies(FrameType.PATH_LOOKUP)),
    message("path_notify", PathNotify.decode, bodies(FrameType.PATH_NOTIFY)),
    message("path_broken", PathBroken.decode, bodies(FrameType.PATH_BROKEN)),
    message("traffic", Traffic.decode, bodies(FrameType.TRAFFIC)),
    message("meta", Meta.decode, [bytes.fromhex(v["hex"]) for v in MESH["handshake"]]),
    message("session_handshake", Handshake.decode, [p for p in PAYLOADS if p[0] in (1, 2)]),
    message("session_sealed", Sealed.decode, [p for p in PAYLOADS if p[0] == 3]),
    message(
        "key_offer",
        KeyOffer.decode,
        [bytes.fromhex(v["plaintext"]) for v in NODE["session_init_vectors"]["by_group_password"]],
    ),
    message("session_message", session_message.decode, MESSAGES),
    Target(
        "key_list",
        STABLE,
        stable(session_message.get_keys, session_message.put_keys),
        [bytes.fromhex(node["public_key"]) * n for n, node in enumerate(MESH["nodes"])],
    ),
    message("ethernet_frame", Frame.decode, [AT_UP[0]]),
    Target(
        "ethernet_way",
        "raises nothing; what is cut off is padding, and cutting it changes nothing",
        judge_frame,
        [b"\x87" + frame for frame in (*AT_UP, SOLICITATION)],
    ),
    message("icmp_message", icmp.Message.decode, [SOLICITATION[HEADER_SIZE:]]),
    message(
        "solicitation",
        neighbour.Solicitation.decode,
        [frame[HEADER_SIZE:] for frame in (DAD, SOLICITATION, SUBNET_SOLICITATION)],
    ),
    message("advertisement", neighbour.Advertisement.decode, ADVERTISEMENTS),
    Target(
        "ipv6_header",
        "raises only WireError; a packet with a header gets an ICMPv6 error back to its source, quoting its head",
        answer_packet,
        [bytes.fromhex(NODE["icmpv6_packet_too_big_0_5_12"][k]) for k in ("offending_first_512", "ptb")],
    ),
)
