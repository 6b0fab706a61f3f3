"""The core and the control plane behind a TAP, joined as in the daemon; the test is the host at the other end."""

import select
import socket

import pytest

from everleaf import _core
from everleaf.address import address_of
from everleaf.control.neighbours import OUR_MAC, link_local
from everleaf.control.node import Node, NodeOptions
from everleaf.daemon.plane import Plane
from everleaf.wire.ethernet import IPV6, Frame
from everleaf.wire.neighbour import Advertisement, Flags, Solicitation, decode, solicited_node
from unit.wire.linux_frames import ARP, AT_UP, HOST, HOST_MAC, SOLICITATION

IDENTITY = _core.Identity(b"behind a tap".ljust(32))
HERE = address_of(IDENTITY.public)


class Wire:
    """A node and the host's end of its TAP."""

    def __init__(self, host):
        self.host = host
        self.notes = []
        node = Node(IDENTITY, _core, NodeOptions())
        core = _core.Core(IDENTITY)
        wires = {"dial": None, "dial_later": None, "answer": None, "write": self.notes.append}
        self.plane = Plane(core, node, None, **wires)

    def say(self, *frames):
        for frame in frames:
            self.host.send(frame)

    def hear(self):
        """The next frame for the host; the control plane works until there is one."""
        while not select.select([self.host], [], [], 0)[0]:
            assert select.select([self.host, self.plane.core.fileno()], [], [], 10)[0], "nobody says anything"
            self.plane.drain()
        return Frame.decode(self.host.recv(70000))


@pytest.fixture
def wire():
    ours, host = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with host:
        wire = Wire(host)
        wire.plane.core.attach_tun(ours.detach(), 65521, framing="ethernet")
        yield wire
        wire.plane.core.stop()


def test_linux_that_comes_up_hears_an_answer_to_its_question_alone(wire):
    """Not to detection of duplicates, reports of groups, solicitation of routers, or ARP."""
    wire.say(*AT_UP, ARP, SOLICITATION)
    answer = wire.hear()
    assert (answer.dest, answer.source) == (HOST_MAC, OUR_MAC)
    asked = Solicitation.decode(SOLICITATION[14:]).target
    assert decode(answer.payload) == Advertisement(link_local(HERE), HOST, asked, Flags.SOLICITED, OUR_MAC)
    assert wire.plane.core.counters()["dropped_ethertype"] == 1
    assert wire.plane.node.counters()["neighbours_malformed"] == 0


def test_host_is_asked_for_again_every_second(wire):
    node = wire.plane.node
    wire.plane.perform(0.0, [*node.start(0.0, 1e9), *node.tap_attached(0.0)])
    first = wire.hear()
    wire.plane.perform(1.0, node.tick(1.0, 1e9 + 1))
    assert wire.hear() == first


def test_packets_reach_the_host_once_it_said_where_it_is(wire):
    packet = b"\x60" + bytes(39)
    wire.plane.core.write_packet(packet)
    wire.plane.perform(0.0, wire.plane.node.tap_attached(0.0))
    question = Solicitation.decode(wire.hear().payload)
    assert (question.target, question.dest) == (HERE, solicited_node(HERE))
    answer = Advertisement(HERE, question.source, HERE, Flags.SOLICITED, HOST_MAC)
    wire.say(Frame(OUR_MAC, HOST_MAC, IPV6, answer.encode()).encode())
    while not wire.notes:
        assert select.select([wire.plane.core.fileno()], [], [], 10)[0]
        wire.plane.drain()
    wire.plane.core.write_packet(packet)
    assert wire.hear() == Frame(HOST_MAC, OUR_MAC, IPV6, packet)
    assert wire.plane.core.counters()["dropped_no_host_mac"] == 1
    assert [(note.event, dict(note.fields)) for note in wire.notes] == [("host.found", {"mac": HOST_MAC.hex(":")})]
