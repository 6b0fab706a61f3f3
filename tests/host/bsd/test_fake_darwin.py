"""The model of macOS refuses what macOS refuses, so that a backend which passes it has asked for the right thing."""

from __future__ import annotations

import os
import socket

import pytest

from host.bsd.fake.darwin import (
    AF_SYSTEM,
    CTLIOCGINFO,
    SYSPROTO_CONTROL,
    UTUN_CONTROL,
    UTUN_ID,
    UTUN_OPT_IFNAME,
    DarwinKernel,
)
from host.bsd.fake.numbers import RTF_HOST, TEXTS
from host.bsd.fake.stack import MisuseError, Route

ADDRESS = bytes.fromhex("02000001000000000000000000000001")
SIOCSIFADDR_IN6, SIOCAIFADDR_IN6, SIOCSIFMTU = 0x8120690C, 0x8080691A, 0x80206934
ROUTE = ["-q", "-n", "add", "-inet6", "200::/7", "-iface", "utun0"]


@pytest.fixture
def kernel():
    return DarwinKernel()


@pytest.fixture
def control(kernel):
    """A control socket that is not connected."""
    return kernel.socket(AF_SYSTEM, socket.SOCK_DGRAM, SYSPROTO_CONTROL)


@pytest.fixture
def utun(kernel, control):
    """The descriptor of utun0."""
    kernel.connect_control(control, UTUN_ID, 0)
    yield control
    kernel.close(control)


def refused(name):
    """The kernel's answer, in its words."""
    return pytest.raises(OSError, match=TEXTS[name])


def test_control_has_a_number_for_who_asks_rightly(kernel, control):
    info = bytes(4) + UTUN_CONTROL.ljust(96, b"\0")
    assert kernel.ioctl(control, CTLIOCGINFO, info)[:4] == UTUN_ID.to_bytes(4, "little")
    with refused("ENOENT"):
        kernel.ioctl(control, CTLIOCGINFO, bytes(4) + b"com.example.none".ljust(96, b"\0"))
    with pytest.raises(MisuseError):
        kernel.ioctl(control, CTLIOCGINFO, info[:-1])
    kernel.close(control)


def test_control_sockets_are_datagram_sockets_of_their_protocol(kernel):
    for kind, protocol in ((socket.SOCK_STREAM, SYSPROTO_CONTROL), (socket.SOCK_DGRAM, 0)):
        with refused("EPROTONOSUPPORT"):
            kernel.socket(AF_SYSTEM, kind, protocol)


@pytest.mark.usefixtures("utun")
def test_units_are_busy_unknown_or_forbidden(kernel):
    for control_id, unit, name in ((UTUN_ID, 1, "EBUSY"), (UTUN_ID + 1, 0, "ENOENT")):
        other = kernel.socket(AF_SYSTEM, socket.SOCK_DGRAM, SYSPROTO_CONTROL)
        with refused(name):
            kernel.connect_control(other, control_id, unit)
        kernel.close(other)


def test_name_is_told_after_connecting_to_who_has_room_for_it(kernel, control):
    with refused("EINVAL"):
        kernel.getsockopt(control, SYSPROTO_CONTROL, UTUN_OPT_IFNAME, 16)
    kernel.connect_control(control, UTUN_ID, 6)
    assert kernel.getsockopt(control, SYSPROTO_CONTROL, UTUN_OPT_IFNAME, 16) == b"utun5\0"
    with refused("EMSGSIZE"):
        kernel.getsockopt(control, SYSPROTO_CONTROL, UTUN_OPT_IFNAME, 5)
    kernel.close(control)


@pytest.mark.parametrize(
    "header", [bytes(4), b"", b"\0\0\0\x1c", b"\x1e\0\0\0"], ids=["0", "none", "FreeBSD's", "swapped"]
)
def test_packets_behind_another_header_are_lost(header, kernel, utun):
    os.write(utun, header + b"\x60" + bytes(39))
    with pytest.raises(MisuseError):
        kernel.received("utun0")


@pytest.mark.usefixtures("utun")
def test_address_requests_have_one_door(kernel):
    right, wrong = (kernel.socket(family, socket.SOCK_DGRAM) for family in (30, 2))
    name = b"utun0".ljust(16, b"\0")
    with refused("EOPNOTSUPP"):
        kernel.ioctl(right, SIOCSIFADDR_IN6, name.ljust(288, b"\0"))
    with refused("EINVAL"):
        kernel.ioctl(wrong, SIOCAIFADDR_IN6, name.ljust(128, b"\0"))
    with refused("EAFNOSUPPORT"):
        kernel.ioctl(right, SIOCAIFADDR_IN6, name.ljust(128, b"\0"))
    with refused("EINVAL"):
        kernel.ioctl(right, SIOCSIFMTU, name + (65536).to_bytes(4, "little") + bytes(12))
    kernel.close(right)
    kernel.close(wrong)


@pytest.mark.usefixtures("utun")
def test_route_ends_with_0_whatever_it_says(kernel):
    route = kernel.programs()["route"]
    kernel.add_address(kernel.interfaces["utun0"], ADDRESS, 7, 0)
    done = route(ROUTE)
    assert (done.status, done.stderr) == (0, "route: writing to routing socket: File exists\n")
    assert done.stdout == "add net 200::/7: gateway utun0: File exists\n"
    assert (
        route(["delete" if word == "add" else word for word in ROUTE]).stdout == "delete net 200::/7: gateway utun0\n"
    )
    again = route(["delete" if word == "add" else word for word in ROUTE])
    assert (again.status, again.stdout) == (0, "delete net 200::/7: gateway utun0: not in table\n")
    assert route(["del" if word == "add" else word for word in ROUTE]).status == 64
    kernel.leave_root()
    assert route(ROUTE).status == 77


@pytest.mark.usefixtures("utun")
def test_route_to_a_host_has_no_mask(kernel):
    kernel.add_address(kernel.interfaces["utun0"], ADDRESS, 7, 0)
    with refused("ESRCH"):
        kernel.change_route("DELETE", Route(ADDRESS, 128, "lo0"))
    kernel.change_route("DELETE", Route(ADDRESS, 128, "lo0", flags=RTF_HOST))
    assert kernel.find_route(ADDRESS, 128) is None
