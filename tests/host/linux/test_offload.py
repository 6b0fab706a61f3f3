"""Offloads of a TUN device of the real kernel: asked for, refused and given back; and cutting as the kernel would."""

import pytest

from everleaf import _core
from host.namespace import NO_CAPABILITY, NOBODY, OPEN_DRIVER, in_namespace, shared_python
from unit.core.offload import ACK, CWR, FIN, PSH, UDP, Segment

pytestmark = pytest.mark.interop

# Another program that opens the device and says nothing about offloads; what it gets of twelve datagrams sent as one.
PLAIN_USER_SEES = """
import fcntl
from everleaf.host.linux.tun import IFREQ_FLAGS
def sizes(how_many):
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454CA, IFREQ_FLAGS.pack(b"mesh0", 0x1001).ljust(40, b"\\0"))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
    host.apply("mesh0", wanted)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_UDP, 103, 1000)  # UDP_SEGMENT
        sender.sendto(bytes(12_000), ("222::1", 9))
    got = []
    while len(got) < how_many:
        packet = os.read(fd, 65536)
        if packet[6] == socket.IPPROTO_UDP: got.append(len(packet))
    os.close(fd)
    return got
def opened_by_one_that_is_killed():
    if child := os.fork(): return os.waitpid(child, 0)
    host.open_offloaded("mesh0")
    os._exit(0)
def opened_and_closed():
    device = host.open_offloaded("mesh0")
    os.close(device.detach())  # as the core does
    device.close()
run("ip", "tuntap", "add", "mesh0", "mode", "tun")
"""


def test_offloads_of_a_device_made_beforehand_are_given_back():
    """What a killed user leaves shows that there is something to give back."""
    seen = in_namespace(f"""{PLAIN_USER_SEES}
opened_by_one_that_is_killed()
left = sizes(1)
opened_and_closed()
say([left, sizes(12)])
""")
    assert seen == [[12048], [1048] * 12]


def test_device_that_was_deleted_meanwhile_has_nothing_to_give_back():
    seen = in_namespace("""
device = host.open_offloaded("auto")
run("ip", "link", "delete", device.name)
device.close()
say([device.vnet_header, interfaces(), len(os.listdir("/proc/self/fd")) <= 5])
""")
    assert seen == [10, ["lo"], True]


def test_closing_takes_a_device_that_opening_made():
    seen = in_namespace("""
device = host.open_offloaded("mesh0")
there = interfaces()
os.close(device.detach())
device.close()
say([there, interfaces()])
""")
    assert seen == [["lo", "mesh0"], ["lo"]]


@pytest.mark.parametrize(
    ("refused", "header", "asked"), [(0, 10, [0x67]), (0x60, 10, [0x67, 0x7]), (0x7, 0, [0x67, 0x7, 0])]
)
def test_kernel_gets_asked_for_less_until_it_agrees(refused, header, asked):
    """One before 6.2 does not know UDP; a stranger one might know nothing."""
    seen = in_namespace(f"""
import fcntl
asked, real = [], fcntl.ioctl
def ioctl(fd, request, argument):
    if request == 0x400454D0:  # TUNSETOFFLOAD
        asked.append(argument)
        if argument & {refused}: raise OSError(errno.EINVAL, "Invalid argument")
    return real(fd, request, argument)
fcntl.ioctl = ioctl
device = host.open_offloaded("mesh0")
say([device.vnet_header, asked, interfaces()])
""")
    assert seen == [header, asked, ["lo", "mesh0"]]


def test_refusal_that_has_nothing_to_do_with_offloads_is_told_once():
    seen = in_namespace("""
first = host.open_offloaded("mesh0")
try: host.open_offloaded("mesh0")
except BusyError as error: say(error.message.partition(" by ")[0])
""")
    assert seen == "the TUN device 'mesh0' is in use"


def test_tap_has_none():
    assert in_namespace('say(host.open_offloaded("tap0", Kind.TAP).vnet_header)') == 0


def test_user_for_whom_a_device_was_made_gets_offloads_without_privilege():
    with shared_python() as (mounts, python, path):
        seen = in_namespace(
            'say([os.getuid(), host.open_offloaded("mesh0").vnet_header])',
            *NO_CAPABILITY,
            before=f"{mounts} && {OPEN_DRIVER} && ip tuntap add mesh0 mode tun user {NOBODY}",
            python=python,
            path=path,
        )
    assert seen == [NOBODY, 10]


# The kernel forwards a super-packet from a device that takes them to one that does not, and so has to cut it itself.
KERNEL_CUTS = """
source, = host.open_queues("mesh0", offload=Offload.TCP | Offload.UDP)
sink = host.open("mesh1")
for name in ("mesh0", "mesh1"): run("ip", "link", "set", name, "mtu", "1500", "up")
run("ip", "-6", "route", "add", "222::/16", "dev", "mesh1")
run("ip", "-6", "route", "add", "211::/16", "dev", "mesh0")
with open("/proc/sys/net/ipv6/conf/all/forwarding", "w") as switch: switch.write("1")
frame, how_many, protocol = bytes.fromhex(FRAME), HOW_MANY, PROTOCOL
source.write(frame)
got = []
while len(got) < how_many:
    packet = sink.read()
    if packet[6] == protocol: got.append(packet.hex())
say(got)
"""


@pytest.mark.parametrize("size", [1000, 1428, 7])
@pytest.mark.parametrize(
    "segment",
    [
        Segment(bytes(range(250)) * 12, seq=2**32 - 1000),
        Segment(bytes(range(250)) * 12, flags=ACK | PSH | FIN, options=bytes.fromhex("0101080a0000000100000002")),
        Segment(bytes(range(250)) * 12, flags=ACK | CWR, flow=0x6B812345),
        Segment(bytes(range(250)) * 12, protocol=UDP),
    ],
    ids=["plain", "end", "marked", "udp"],
)
def test_superpackets_are_cut_as_this_kernel_cuts_them(segment, size):
    if segment.protocol == UDP and size == 7:
        size = 100  # more than 128 datagrams are none
    frame = segment.behind_header(size)
    ours = _core.cut(frame)
    setup = f"FRAME, HOW_MANY, PROTOCOL = {frame.hex()!r}, {len(ours)}, {segment.protocol}\n"
    kernel = [bytes.fromhex(packet) for packet in in_namespace(setup + KERNEL_CUTS)]
    assert [packet[:7] + packet[8:] for packet in kernel] == [packet[:7] + packet[8:] for packet in ours]
    assert {packet[7] for packet in kernel} == {63}  # the hop limit, which is outside the checksum
