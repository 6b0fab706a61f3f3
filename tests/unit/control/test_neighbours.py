"""The node at its end of a TAP's wire: who gets an answer, who does not, and how the host is found."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.control.effects import Note, SetHostMac, WriteFrame
from everleaf.control.neighbours import OUR_MAC, Neighbours, link_local
from everleaf.wire.ethernet import IPV6, Frame, Way, judge
from everleaf.wire.neighbour import Advertisement, Flags, Solicitation, decode, solicited_node
from unit.wire.linux_frames import (
    ARP,
    AT_UP,
    DAD,
    EARLY_MLD,
    HOST,
    HOST_MAC,
    LINK_LOCAL,
    MLD,
    ROUTER,
    SOLICITATION,
    SUBNET_SOLICITATION,
)

NODE = bytes.fromhex("02010001") + bytes(11) + b"\x02"  # the target of SOLICITATION
SUBNET = b"\x03" + NODE[1:]  # and of SUBNET_SOLICITATION
ALL_NODES = b"\xff\x02" + bytes(13) + b"\x01"
OURS = link_local(HOST)


class AnswersAll(Neighbours):
    """As the program did that had a TAP mode once: whoever asks for the mesh gets an answer."""

    def _is_ours(self, source, target):  # noqa: ARG002
        return target[0] in (2, 3)


@pytest.fixture
def neighbours() -> Neighbours:
    return Neighbours(HOST)


def frame(message, source=HOST_MAC, dest=OUR_MAC) -> bytes:
    return Frame(dest, source, IPV6, message.encode()).encode()


def advertised(mac=HOST_MAC, target=HOST, flags=Flags.SOLICITED) -> Advertisement:
    return Advertisement(target, OURS, target, flags, mac)


def written(effects) -> Frame:
    """The one frame among the effects."""
    (effect,) = (each for each in effects if isinstance(each, WriteFrame))
    return Frame.decode(effect.frame)


def learned(effects) -> list[bytes]:
    return [effect.mac for effect in effects if isinstance(effect, SetHostMac)]


def asked(neighbours, seconds) -> list[int]:
    """In which of these seconds it asks for the host."""
    return [second for second in seconds if any(isinstance(e, WriteFrame) for e in neighbours.tick(float(second)))]


# --- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seen", "target"), [(SOLICITATION, NODE), (SUBNET_SOLICITATION, SUBNET)])
def test_solicitation_of_linux_for_the_mesh_is_answered(neighbours, seen, target):
    answer = written(neighbours.frame(0.0, seen))
    assert (answer.dest, answer.source, answer.kind) == (HOST_MAC, OUR_MAC, IPV6)
    assert decode(answer.payload) == Advertisement(OURS, HOST, target, Flags.SOLICITED, OUR_MAC)
    assert (answer.payload[6], answer.payload[7], answer.payload[40], answer.payload[44]) == (58, 255, 136, 0x40)


def test_our_end_of_the_wire_is_named_after_the_node():
    assert link_local(HOST).hex() == "fe80" + "00" * 6 + "00" + HOST[1:8].hex()


def test_solicitation_from_a_link_local_address_is_answered_there(neighbours):
    """A packet that the host forwards has no source of his to ask with."""
    answer = written(neighbours.frame(0.0, frame(Solicitation(LINK_LOCAL, solicited_node(NODE), NODE, HOST_MAC))))
    assert decode(answer.payload) == Advertisement(OURS, LINK_LOCAL, NODE, Flags.SOLICITED, OUR_MAC)


@pytest.mark.parametrize("seen", AT_UP, ids=["early report", "duplicate detection", "report", "router"])
def test_what_linux_says_at_up_gets_no_answer(neighbours, seen):
    assert neighbours.frame(0.0, seen) == []


def test_core_lets_through_of_these_what_is_discovery():
    ways = [judge(seen)[0] for seen in (EARLY_MLD, DAD, MLD, ROUTER, SOLICITATION, ARP)]
    assert ways == [Way.PACKET, Way.NEIGHBOUR, Way.PACKET, Way.NEIGHBOUR, Way.NEIGHBOUR, Way.FOREIGN]


@pytest.mark.parametrize(
    ("source", "dest", "target"),
    [
        (bytes(16), solicited_node(HOST), HOST),
        (bytes(16), solicited_node(NODE), NODE),
        (NODE, solicited_node(HOST), HOST),
    ],
    ids=["its own", "one it would like to have", "a guest asks for it"],
)
def test_no_address_is_denied_to_the_host(neighbours, source, dest, target):
    """An answer to detection of duplicates says: taken."""
    question = frame(Solicitation(source, dest, target))
    assert neighbours.frame(0.0, question) == []
    assert written(AnswersAll(HOST).frame(0.0, question)).dest == HOST_MAC


@pytest.mark.parametrize("target", ["fe80::1", "2001:db8::1", "fd00::1", "1ff::1", "400::1", "::1"])
def test_other_addresses_are_not_ours(neighbours, target):
    address = ipaddress.IPv6Address(target).packed
    assert neighbours.frame(0.0, frame(Solicitation(HOST, solicited_node(address), address, HOST_MAC))) == []
    assert neighbours.counters()["neighbours_ignored"] == 1


@given(st.binary(max_size=120))
def test_nonsense_is_counted_and_gets_no_answer(data):
    neighbours = Neighbours(HOST)
    assert neighbours.frame(0.0, data) == []
    assert neighbours.frame(0.0, SOLICITATION[:14] + data) == []
    assert neighbours.counters()["neighbours_malformed"] == 2


def test_question_of_a_group_is_nonsense(neighbours):
    assert neighbours.frame(0.0, frame(Solicitation(HOST, OURS, NODE), source=b"\xff" * 6)) == []
    assert neighbours.frame(0.0, frame(Solicitation(ALL_NODES, OURS, NODE))) == []


# --- the host --------------------------------------------------------------------------------------------------------


def test_host_is_asked_for_as_soon_as_there_is_a_tap(neighbours):
    assert neighbours.tick(0.0) == []
    question = written(neighbours.start(1.0))
    group = solicited_node(HOST)
    assert (question.dest, question.source) == (b"\x33\x33" + group[12:], OUR_MAC)
    assert decode(question.payload) == Solicitation(OURS, group, HOST, OUR_MAC)


def test_host_that_is_silent_is_asked_five_times_and_after_thirty_seconds_again(neighbours):
    neighbours.start(0.0)
    seconds = asked(neighbours, range(1, 80))
    assert seconds == [1, 2, 3, 4, 35, 36, 37, 38, 39, 70, 71, 72, 73, 74]


def test_operator_is_told_once_that_the_host_is_silent(neighbours):
    neighbours.start(0.0)
    effects = [effect for second in range(1, 200) for effect in neighbours.tick(float(second))]
    assert [effect.event for effect in effects if isinstance(effect, Note)] == ["host.silent"]


def test_host_that_answers_is_known_and_asked_again_after_thirty_seconds(neighbours):
    neighbours.start(0.0)
    assert learned(neighbours.frame(0.5, frame(advertised()))) == [HOST_MAC]
    for second in (31, 62):
        assert asked(neighbours, range(second - 30, second + 1)) == [second]
        assert neighbours.frame(second + 0.5, frame(advertised())) == []  # nothing new


def test_host_that_falls_silent_keeps_its_mac(neighbours):
    neighbours.start(0.0)
    neighbours.frame(0.5, frame(advertised()))
    effects = [effect for second in range(1, 200) for effect in neighbours.tick(float(second))]
    assert not [effect for effect in effects if isinstance(effect, SetHostMac | Note)]


@pytest.mark.parametrize(("named", "source"), [(HOST_MAC, bytes.fromhex("0a0000000088")), (b"", HOST_MAC)])
def test_mac_is_what_the_host_says_or_else_where_its_frame_comes_from(neighbours, named, source):
    assert learned(neighbours.frame(0.0, frame(advertised(named), source=source))) == [HOST_MAC]


def test_host_that_asks_is_known_by_that(neighbours):
    assert learned(neighbours.frame(0.0, SOLICITATION)) == [HOST_MAC]
    assert learned(neighbours.frame(1.0, SOLICITATION)) == []


def test_guest_on_the_wire_is_not_the_host(neighbours):
    """A bridge can have many machines: packets for the node go to the one that has its address."""
    guest = bytes.fromhex("0a0000000077")
    assert learned(neighbours.frame(0.0, frame(advertised(guest, target=NODE), source=guest))) == []
    question = Solicitation(NODE, solicited_node(SUBNET), SUBNET, guest)
    effects = neighbours.frame(0.0, frame(question, source=guest))
    assert learned(effects) == []
    assert written(effects).dest == guest


def test_host_that_changes_its_mac_is_followed(neighbours):
    other = bytes.fromhex("0a0000000099")
    neighbours.frame(0.0, frame(advertised()))
    assert learned(neighbours.frame(1.0, frame(advertised(other, flags=Flags.OVERRIDE), source=other))) == [other]


def test_host_behind_another_tap_is_looked_for_anew(neighbours):
    """The core forgot it with the device."""
    neighbours.start(0.0)
    neighbours.frame(0.5, frame(advertised()))
    written(neighbours.start(3.0))
    assert learned(neighbours.frame(3.5, frame(advertised()))) == [HOST_MAC]
