"""The address requests, by number, length and position, as os documents and headers have them."""

from __future__ import annotations

import pytest

from everleaf.errors import HostError
from everleaf.host.abi import load
from everleaf.host.bsd import ifreq, in6
from everleaf.host.bsd.sockaddr import masked, netmask, prefix_length_of

NODE = bytes.fromhex("02000001000200030004000500060007")
FOR_EVER = b"\xff" * 8
# system, CPU, AF_INET6, bytes of in6_aliasreq, where its two u32 lifetimes are
LAYOUTS = [
    ("freebsd", "x86_64", 28, 136, 120),
    ("freebsd", "x86", 28, 124, 112),
    ("freebsd", "powerpc64", 28, 136, 120),
    ("netbsd", "x86_64", 24, 128, 120),
    ("netbsd", "sparc64", 24, 128, 120),
    ("openbsd", "x86_64", 24, 128, 120),
    ("openbsd", "sparc64", 24, 128, 120),
    ("darwin", "aarch64", 30, 128, 120),
]


@pytest.mark.parametrize(("system", "cpu", "family", "size", "lifetimes"), LAYOUTS)
def test_alias_request_has_every_field_in_its_place(
    system: str, cpu: str, family: int, size: int, lifetimes: int
) -> None:
    abi = load(system, cpu)
    request = in6.alias_request(abi, "tun7", NODE, 7, 0x20)
    expected = bytearray(size)
    expected[0:4] = b"tun7"
    expected[16:18] = bytes([28, family])
    expected[24:40] = NODE
    expected[72:74] = bytes([28, family])  # 44 to 72, the destination, stays zero
    expected[80] = 0xFE
    expected[100:104] = (0x20).to_bytes(4, abi.byteorder)
    expected[lifetimes : lifetimes + 8] = FOR_EVER
    assert request == bytes(expected)


@pytest.mark.parametrize("system", ["freebsd", "netbsd", "openbsd", "darwin"])
@pytest.mark.parametrize(
    ("request_name", "structure"),
    [("SIOCAIFADDR_IN6", "in6_aliasreq"), ("SIOCDIFADDR_IN6", "in6_ifreq"), ("SIOCSIFMTU", "ifreq")],
)
def test_request_number_carries_the_size_of_what_we_pass(system: str, request_name: str, structure: str) -> None:
    """The kernel copies as many bytes as the number says."""
    abi = load(system, "aarch64")
    passed = {
        "in6_aliasreq": in6.alias_request(abi, "tun0", NODE, 7),
        "in6_ifreq": in6.address_request(abi, "tun0", NODE),
        "ifreq": ifreq.with_int(abi, "tun0", 1280),
    }[structure]
    assert abi[request_name] >> 16 & 0x1FFF == len(passed)


@pytest.mark.parametrize("system", ["freebsd", "netbsd", "openbsd", "darwin"])
def test_address_request_names_the_address_alone(system: str) -> None:
    abi = load(system, "aarch64")
    request = in6.address_request(abi, "tun0", NODE)
    assert len(request) == 288
    assert request[16:44] == bytes([28, abi["AF_INET6"], 0, 0, 0, 0, 0, 0]) + NODE + bytes(4)


@pytest.mark.parametrize(("system", "size"), [("freebsd", 32), ("netbsd", 144), ("openbsd", 32), ("darwin", 32)])
def test_ifreq_holds_an_int_in_the_cpus_order(system: str, size: int) -> None:
    abi = load(system, "aarch64")
    request = ifreq.with_int(abi, "tun0", 16384)
    assert request == b"tun0".ljust(16, b"\0") + bytes([0, 0x40, 0, 0]) + bytes(size - 20)
    assert ifreq.int_of(abi, request) == 16384


def test_ifreq_holds_an_int_on_a_big_endian_cpu() -> None:
    assert ifreq.with_int(load("freebsd", "powerpc64"), "tun0", 1280)[16:20] == bytes([0, 0, 5, 0])


@pytest.mark.parametrize("name", ["", "/dev/tun0", "a" * 16, "tun0\0"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(HostError):
        ifreq.request(load("freebsd", "x86_64"), name)


@pytest.mark.parametrize("prefix_length", [0, 1, 7, 8, 64, 127, 128])
def test_netmask_reads_back(prefix_length: int) -> None:
    mask = bytes([28, 99]) + bytes(6) + netmask(prefix_length)  # the family may be anything
    short = mask.rstrip(b"\0") if prefix_length else b""
    assert prefix_length_of(mask, NODE) == prefix_length_of(short, NODE) == prefix_length


def test_masked_clears_host_bits() -> None:
    assert masked(NODE, 7) == bytes([2]) + bytes(15)


def test_neighbour_request_changes_the_flags_alone() -> None:
    abi = load("freebsd", "x86_64")
    answer = b"tun0".ljust(16, b"\0") + bytes(range(1, 57))
    changed = in6.neighbour_request(abi, "tun0", answer, 0x100)
    assert changed == answer[:36] + bytes([0, 1, 0, 0]) + answer[40:]
    assert in6.neighbour_flags(abi, changed) == 0x100
    assert in6.neighbour_request(abi, "tun0") == b"tun0".ljust(72, b"\0")
