"""DragonFly's backend where it is not FreeBSD's, on a model after its source."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from ipaddress import IPv6Address

import pytest

from everleaf.errors import BusyError, HostError
from everleaf.host.base import Device, Framing, Kind, Wanted
from everleaf.host.bsd.dragonfly import UNITS, DragonFlyHost
from host.bsd.fake.dragonfly import DragonFlyKernel
from host.bsd.fake.numbers import BROADCAST, MULTICAST, RTF_STATIC, RTF_UP
from host.bsd.fake.stack import Route

OWN = IPv6Address("200:1::1").packed
MESH = IPv6Address("200::").packed
WANTED = Wanted(OWN, 16384)
IPV6 = b"\x60" + bytes(39)


@pytest.fixture
def kernel() -> Iterator[DragonFlyKernel]:
    kernel = DragonFlyKernel()
    yield kernel
    left = kernel.open_sockets()
    kernel.end()
    assert left == 0


@pytest.fixture
def host(kernel: DragonFlyKernel, keeping: Callable[[DragonFlyHost], DragonFlyHost]) -> DragonFlyHost:
    return keeping(DragonFlyHost(kernel, "x86_64"))


def kill(kernel: DragonFlyKernel, device: Device) -> None:
    """Our process dies: the kernel closes what it had open."""
    os.close(device.detach())
    kernel.reap()


def test_open_makes_a_tun_with_a_header_that_carries_ipv6(kernel: DragonFlyKernel, host: DragonFlyHost) -> None:
    device = host.open("auto")
    assert (device.name, device.framing, device.family) == ("tun0", Framing.FAMILY, 28)
    assert kernel.modes["tun0"] == BROADCAST | MULTICAST
    device.write(IPV6)
    assert kernel.received("tun0") == IPV6
    kernel.deliver("tun0", IPV6)
    assert device.read() == IPV6


def test_open_makes_a_tap_without_a_header(kernel: DragonFlyKernel, host: DragonFlyHost) -> None:
    device = host.open("auto", Kind.TAP)
    assert (device.name, device.framing) == ("tap0", Framing.ETHERNET)
    assert not kernel.interfaces["tap0"].head


def test_open_has_ifconfig_make_a_device_beyond_the_four_and_destroys_it(
    kernel: DragonFlyKernel, host: DragonFlyHost
) -> None:
    for unit in range(4):
        kernel.open(f"/dev/tun{unit}")
    device = host.open("auto")
    assert device.name == "tun4"
    assert kernel.commands == [("ifconfig", "tun4", "create")]
    os.close(device.detach())
    device.close()
    assert "tun4" not in kernel.interfaces
    assert "tun3" in kernel.interfaces


def test_open_takes_a_unit_that_nobody_has_open_again(kernel: DragonFlyKernel, host: DragonFlyHost) -> None:
    host.open("auto").close()
    kernel.reap()
    assert host.open("auto").name == "tun0"


def test_open_says_when_every_device_is_in_use(
    kernel: DragonFlyKernel, host: DragonFlyHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def busy(path: str) -> int:
        tried.append(path)
        raise kernel.error("EBUSY")

    monkeypatch.setattr(kernel, "open", busy)
    with pytest.raises(BusyError, match="all tun devices are in use"):
        host.open("auto")
    assert tried == [f"/dev/tun{unit}" for unit in range(UNITS)]


def test_apply_gives_mtu_address_and_route_without_a_program(kernel: DragonFlyKernel, host: DragonFlyHost) -> None:
    host.open("auto")
    applied = host.apply("tun0", WANTED)
    assert (applied.mtu, applied.problems, kernel.commands) == (16384, (), [])
    assert kernel.interfaces["tun0"].addresses == {OWN: (7, 0x20)}
    observed = host.observe("tun0")
    assert observed is not None
    assert observed.meets(WANTED)


def test_apply_refuses_more_than_the_ceiling_and_names_it(host: DragonFlyHost) -> None:
    host.open("auto")
    with pytest.raises(HostError, match="32767 is more than DragonFly's ceiling of 16384"):
        host.apply("tun0", Wanted(OWN, 32767))


def test_apply_takes_to_commands_in_dragonflys_own_grammar(kernel: DragonFlyKernel, host: DragonFlyHost) -> None:
    host.open("auto")
    kernel.refuse["SIOCAIFADDR_IN6"] = "ENOTTY"
    assert len(host.apply("tun0", WANTED).problems) == 1
    kernel.routes.clear()
    kernel.refuse["RTM_ADD"] = "EINVAL"
    assert len(host.apply("tun0", WANTED).problems) == 1
    assert kernel.commands == [
        ("ifconfig", "tun0", "inet6", "200:1::1/7"),
        ("route", "-q", "-n", "add", "-inet6", "200::/7", "-iface", "tun0"),
    ]
    assert kernel.routes == [Route(MESH, 7, "tun0", flags=RTF_UP | RTF_STATIC)]


def test_cleanup_takes_our_address_from_what_a_killed_node_has_left(
    kernel: DragonFlyKernel, host: DragonFlyHost
) -> None:
    """An interface that ifconfig made keeps its addresses when it is closed."""
    kernel.create("tun7")
    device = host.open("tun7")
    host.apply("tun7", WANTED)
    assert host.cleanup("auto") == []
    kill(kernel, device)
    assert host.cleanup("auto") == ["tun7"]
    assert kernel.interfaces["tun7"].addresses == {}
    assert host.cleanup("auto") == []


def test_watch_tells_that_an_address_went(kernel: DragonFlyKernel, host: DragonFlyHost) -> None:
    host.open("auto")
    host.apply("tun0", WANTED)
    watch = host.watch()
    assert not watch.read()
    kernel.delete_address(kernel.interfaces["tun0"], OWN)
    assert watch.read()
    watch.close()
