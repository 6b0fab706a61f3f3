"""The fake kernels read and write what each system's own headers made, so they may judge the backends."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from everleaf.host.abi import load
from everleaf.host.bsd.routing.message import AddressMessage, InterfaceMessage, RouteMessage, decode
from host.bsd.fake.freebsd import FreeBsdKernel
from host.bsd.fake.messages import DST, GATEWAY, NETMASK, Messages, Order
from host.bsd.fake.numbers import DARWIN, DRAGONFLY, FREEBSD, NETBSD, OPENBSD, Numbers
from host.bsd.fake.stack import MisuseError, Route

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/routing.json").read_text())
MESH = bytes([2]) + bytes(15)
NODE = bytes.fromhex("02000001000200030004000500060007")
TARGETS: list[tuple[str, Numbers, Order]] = [
    ("x86_64-freebsd", FREEBSD, "little"),
    ("powerpc64-freebsd", FREEBSD, "big"),
    ("x86_64-netbsd", NETBSD, "little"),
    ("sparc64-netbsd", NETBSD, "big"),
    ("x86_64-openbsd", OPENBSD, "little"),
    ("sparc64-openbsd", OPENBSD, "big"),
    ("x86_64-macos", DARWIN, "little"),
    ("aarch64-macos", DARWIN, "little"),
]
targets = pytest.mark.parametrize(("target", "numbers", "order"), TARGETS)


@targets
def test_messages_read_what_the_headers_make(target: str, numbers: Numbers, order: Order) -> None:
    messages = Messages(numbers, order)
    request = messages.read(bytes.fromhex(VECTORS[target]["add_route"]))
    assert (request.kind, request.sequence, request.flags) == (1, 1, 0x801)
    assert request.addresses[DST] == messages.inet6(MESH)
    assert request.addresses[NETMASK][8:24] == bytes([0xFE]) + bytes(15)
    assert request.addresses[GATEWAY] in (messages.link(7), messages.inet6(NODE))


@targets
def test_messages_written_are_read_by_the_backends_tables(target: str, numbers: Numbers, order: Order) -> None:
    cpu, _, system = target.partition("-")
    abi, messages = load({"macos": "darwin"}.get(system, system), cpu), Messages(numbers, order)
    route = {DST: messages.inet6(MESH), GATEWAY: messages.link(7, "tun7"), NETMASK: messages.short_mask(7)}
    data = (
        messages.interface(7, "tun7", 0x51, 1280)
        + messages.address("NEWADDR", 7, NODE, 7)
        + messages.route("GET", 7, 0x801, route, pid=9, sequence=3)
    )
    assert list(decode(abi, data)) == [
        InterfaceMessage(abi["RTM_IFINFO"], 7, 0x51, 1280, "tun7"),
        AddressMessage(abi["RTM_NEWADDR"], 7, "", NODE, 7),
        RouteMessage(abi["RTM_GET"], 7, 0x801, 9, 3, 0, MESH, 7, b"", "tun7"),
    ]


@pytest.mark.parametrize("numbers", [FREEBSD, NETBSD, OPENBSD, DARWIN, DRAGONFLY])
def test_request_numbers_carry_the_sizes_of_their_arguments(numbers: Numbers) -> None:
    own = {"SIOCAIFADDR_IN6": numbers.aliasreq, "SIOCDIFADDR_IN6": 288, "SIOCGIFAFLAG_IN6": 288, "SIOCSIFADDR_IN6": 288}
    for request, name in numbers.requests.items():
        if "IFINFO" not in name:  # struct in6_ndireq, another on each system
            assert request >> 16 & 0x1FFF == own.get(name, numbers.ifreq), name


def test_a_route_may_be_added_once_and_deleted_once() -> None:
    kernel = FreeBsdKernel()
    route = Route(MESH, 7, "lo0")
    kernel.change_route("ADD", route)
    with pytest.raises(OSError, match="File exists"):
        kernel.change_route("ADD", route)
    kernel.change_route("DELETE", route)
    with pytest.raises(OSError, match="No such process"):
        kernel.change_route("DELETE", route)


def test_a_short_argument_is_misuse() -> None:
    kernel = FreeBsdKernel()
    fd = kernel.socket(FREEBSD.inet6, 2)
    with pytest.raises(MisuseError, match="the kernel copies 136"):
        kernel.ioctl(fd, 0x8088691B, bytes(128))


def test_destroying_what_is_open_is_misuse_and_closed_it_is_not() -> None:
    kernel = FreeBsdKernel()
    fd = kernel.open("/dev/tun")
    with pytest.raises(MisuseError, match="tun0"):
        kernel.destroy(kernel.interfaces["tun0"])
    os.close(fd)
    kernel.reap()
    kernel.destroy(kernel.interfaces["tun0"])
    assert "tun0" not in kernel.interfaces


def test_an_open_device_is_exclusive_and_cloning_takes_the_next_unit() -> None:
    kernel = FreeBsdKernel()
    first, second = kernel.open("/dev/tun"), kernel.open("/dev/tun")
    with pytest.raises(OSError, match="Device busy"):
        kernel.open("/dev/tun1")
    assert set(kernel.interfaces) == {"lo0", "tun0", "tun1"}
    os.close(first)
    os.close(second)
    kernel.reap()
