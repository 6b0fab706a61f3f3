"""The core on devices of the real kernel: whatever wraps packets, an echo request goes in and its reply comes out."""

import pytest

from host.namespace import in_namespace

pytestmark = pytest.mark.interop

ECHO = """
import select
from everleaf import _core
from everleaf.address import address_of
from everleaf.control.neighbours import OUR_MAC
from everleaf.wire.ethernet import Frame
from everleaf.wire.icmp import Message
from everleaf.wire.neighbour import Advertisement, Flags, Solicitation, decode
identity = _core.Identity(b"ours".ljust(32))
core, address = _core.Core(identity), address_of(identity.public)
there = bytes.fromhex("02" + "22" * 15)
def attach(device):
    core.attach_tun(device.detach(), host.mtu_ceiling(device.kind), carrier=device.carrier.value,
                    framing=device.framing.value, family=device.family, vnet_header=device.vnet_header)
def after(packet, found):
    "What `found` makes of an event that the packet caused. Sent again: a device that just came up loses some."
    for _ in range(20):
        core.write_packet(packet)
        while select.select([core.fileno()], [], [], 0.5)[0]:
            for event in core.recv(1):
                if result := found(event): return result
    raise AssertionError(core.counters())
def echo(size): return Message(there, address, 128, 0, bytes(4) + b"x" * size).encode()
def is_answered(size):
    reply = b"\\x81\\0" + bytes(2) + bytes(4) + b"x" * size
    def found(event):
        if event.kind == _core.PACKET and event.data[6] == 58:
            return event.data[40:42] + bytes(2) + event.data[44:] == reply
    return after(echo(size), found)
"""


@pytest.mark.parametrize("offload", ["None", "Offload.NONE"], ids=["bare", "virtio"])
@pytest.mark.parametrize("size", [0, 1400, 65000])
def test_tun_carries_packets_both_ways(size, offload):
    seen = in_namespace(f"""{ECHO}
device, = host.open_queues("auto", Kind.TUN, 1, {offload})
host.apply(device.name, Wanted(address, 65535))
attach(device)
say([device.vnet_header > 0, is_answered({size})])
""")
    assert seen == [offload != "None", True]


@pytest.mark.parametrize("offload", ["None", "Offload.NONE"], ids=["bare", "virtio"])
@pytest.mark.parametrize("size", [0, 1400, 65000])
def test_tap_carries_packets_both_ways_after_discovery(size, offload):
    """The core does not answer solicitations by itself: control's part is played here."""
    seen = in_namespace(f"""{ECHO}
device, = host.open_queues("tap0", Kind.TAP, 1, {offload})
host.apply("tap0", Wanted(address, 65521))
attach(device)
core.set_host_mac(bytes.fromhex(shown("link", "show", "tap0")[0]["address"].replace(":", "")))
def asked(event):
    if event.kind == _core.NEIGHBOUR:
        frame = Frame.decode(event.data)
        question = decode(frame.payload)
        if isinstance(question, Solicitation) and question.target == there: return frame.source, question.source
mac, asker = after(echo(0), asked)
answer = Advertisement(there, asker, there, Flags.SOLICITED, OUR_MAC)
core.write_frame(Frame(mac, OUR_MAC, 0x86DD, answer.encode()).encode())
table = shown("-6", "neighbour", "show", "dev", "tap0")
say([device.vnet_header > 0, is_answered({size}), [each["lladdr"] for each in table if each["dst"].startswith("222:")]])
""")
    assert seen == [offload != "None", True, ["02:00:00:00:00:02"]]
