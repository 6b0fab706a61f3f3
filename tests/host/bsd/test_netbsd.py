"""The NetBSD backend on a model of its kernel: opened, configured, watched, withdrawn, cleaned up.

Nothing here was run on NetBSD.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from ipaddress import IPv6Address
from pathlib import Path

import pytest

from everleaf.errors import BusyError, HostError, PermissionDeniedError
from everleaf.host.abi import Abi, load
from everleaf.host.base import Framing, Kind, ListeningPort, Observed, Wanted
from everleaf.host.bsd.netbsd import MTU_CEILING, NetBsdHost
from everleaf.host.device import FileDevice
from everleaf.host.program import Completed
from host.bsd.fake.netbsd import NetBsdKernel
from host.bsd.fake.numbers import BROADCAST, MULTICAST, POINTOPOINT, RTF_STATIC, RTF_UP, UP
from host.bsd.fake.programs import RouteProgram
from host.bsd.fake.stack import Route

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/routing.json").read_text())
MESH = bytes([2]) + bytes(15)
OWN = IPv6Address("200:1::1").packed
OTHER = IPv6Address("200:2::2").packed
SUBNET = IPv6Address("300:1::1").packed
IPV6, IPV4 = b"\x60" + bytes(39), b"\x45" + bytes(19)
WANTED = Wanted(OWN, MTU_CEILING)
ADD = "route -q -n add -inet6 200::/7 200:1::1"
DELETE = "route -q -n delete -inet6 200::/7 200:1::1"
STATIC = RTF_UP | RTF_STATIC


@pytest.fixture(params=["x86_64", "sparc64"])
def abi(request: pytest.FixtureRequest) -> Abi:
    return load("netbsd", request.param)


@pytest.fixture
def kernel(abi: Abi) -> Iterator[NetBsdKernel]:
    kernel = NetBsdKernel(abi.byteorder)
    yield kernel
    kernel.reap()
    assert kernel.open_sockets() == 0, "a socket was left open"


@pytest.fixture
def host(kernel: NetBsdKernel, abi: Abi) -> NetBsdHost:
    return NetBsdHost(kernel, abi)


@pytest.fixture
def opened(host: NetBsdHost) -> Iterator[Callable[..., FileDevice]]:
    """Opens devices, and closes them at the end."""
    devices = []

    def open_device(name: str = "auto", kind: Kind = Kind.TUN) -> FileDevice:
        devices.append(host.open(name, kind))
        return devices[-1]

    yield open_device
    for device in devices:
        device.close()


def crash(kernel: NetBsdKernel, device: FileDevice) -> None:
    """The process is gone: its descriptors are closed, and nothing is destroyed."""
    kernel.refuse["SIOCIFDESTROY"] = "EPERM"
    device.close()
    kernel.reap()
    del kernel.refuse["SIOCIFDESTROY"]


# --- opening ----------------------------------------------------------------------------------------------------------


def test_open_turns_the_header_on_and_lets_the_interface_carry_multicast(kernel, opened):
    device = opened()
    assert (device.name, device.kind, device.framing, device.family) == ("tun0", Kind.TUN, Framing.FAMILY, 24)
    interface = kernel.interfaces["tun0"]
    assert interface.head
    assert interface.flags & (UP | POINTOPOINT | BROADCAST | MULTICAST) == POINTOPOINT | MULTICAST


def test_open_makes_reads_return_by_fionbio_after_opening(kernel, opened):
    """The driver never hears of O_NONBLOCK."""
    opened()
    assert [each for each in kernel.asked if not each.startswith("SIOC")] == ["TUNSIFMODE", "TUNSIFHEAD", "FIONBIO"]


def test_closing_destroys_what_opening_made(kernel, host):
    device = host.open("auto")
    host.apply(device.name, WANTED)
    device.close()
    kernel.reap()
    assert (list(kernel.interfaces), kernel.routes) == (["lo0"], [])


def test_closing_after_giving_the_descriptor_away_destroys_only_then(kernel, host):
    device = host.open("auto")
    fd = device.detach()
    assert "tun0" in kernel.interfaces
    kernel.close(fd)
    device.close()
    assert list(kernel.interfaces) == ["lo0"]


def test_closing_leaves_what_ifconfig_made(kernel, host):
    kernel.add_interface("tun3", "tun")
    host.open("tun3").close()
    kernel.reap()
    assert kernel.interfaces["tun3"].description == ""


def test_open_brings_an_interface_down_to_set_its_mode(kernel, opened):
    kernel.add_interface("tun3", "tun", POINTOPOINT | UP)
    opened("tun3")
    assert kernel.interfaces["tun3"].flags & MULTICAST


def test_open_passes_by_busy_devices_and_those_of_others(kernel, opened):
    kernel.add_interface("tun1", "tun")
    assert [opened().name for _ in range(3)] == ["tun0", "tun2", "tun3"]
    with pytest.raises(HostError, match="/dev/tun4 does not exist; run: cd /dev && sh MAKEDEV tun4"):
        opened()


def test_open_takes_what_a_crash_of_ours_has_left(kernel, host, opened):
    crash(kernel, host.open("auto"))
    assert kernel.interfaces["tun0"].description == "everleaf"
    opened().close()
    assert "tun0" not in kernel.interfaces


def test_open_of_a_busy_device_names_it(opened):
    opened("tun0")
    with pytest.raises(BusyError, match="tun0 is in use"):
        opened("tun0")


@pytest.mark.parametrize("name", ["/dev/tun3", "mesh0", "tun", "tap3", ""])
def test_open_refuses_names_that_this_system_does_not_have(kernel, opened, name):
    with pytest.raises(HostError, match="cannot be the name of a tun device"):
        opened(name)
    assert kernel.devices == {}


@pytest.mark.parametrize(("name", "kind"), [("auto", Kind.TUN), ("tun0", Kind.TUN), ("auto", Kind.TAP)])
def test_open_without_root_says_so(kernel, opened, name, kind):
    kernel.root = False
    with pytest.raises(PermissionDeniedError, match="run as root"):
        opened(name, kind)


@pytest.mark.parametrize("request_name", ["TUNSIFHEAD", "TUNSIFMODE"])
def test_open_that_fails_half_way_leaves_nothing(kernel, opened, request_name):
    kernel.refuse[request_name] = "ENOTTY"
    with pytest.raises(HostError, match="cannot set up tun0: Inappropriate ioctl"):
        opened()
    assert (kernel.devices, list(kernel.interfaces)) == ({}, ["lo0"])


def test_open_does_without_a_mark_where_the_kernel_knows_none(kernel, opened):
    kernel.refuse["SIOCSIFDESCR"] = "ENOTTY"
    opened().close()
    assert list(kernel.interfaces) == ["lo0"]


def test_tap_is_cloned_and_goes_with_its_descriptor(kernel, opened):
    kernel.add_interface("tap0", "tap", BROADCAST | MULTICAST)
    device = opened("auto", Kind.TAP)
    assert (device.name, device.framing) == ("tap1", Framing.ETHERNET)
    device.close()
    kernel.reap()
    assert sorted(kernel.interfaces) == ["lo0", "tap0"]


def test_tap_that_nobody_made_names_the_command_that_does(kernel, opened):
    with pytest.raises(HostError, match="there is no device behind /dev/tap3; run: ifconfig tap3 create"):
        opened("tap3", Kind.TAP)
    kernel.add_interface("tap3", "tap", BROADCAST | MULTICAST)
    opened("tap3", Kind.TAP).close()
    kernel.reap()
    assert "tap3" in kernel.interfaces


def test_tap_of_no_name_is_closed_again(kernel, opened):
    kernel.refuse["TAPGIFNAME"] = "ENOTTY"
    with pytest.raises(HostError, match="cannot set up a TAP: Inappropriate"):
        opened("auto", Kind.TAP)
    assert kernel.devices == {}


def test_packets_flow_once_the_interface_has_an_address(kernel, host, opened):
    device = opened()
    with pytest.raises(OSError, match="Host is down"):
        kernel.deliver("tun0", IPV6)
    host.apply("tun0", WANTED)
    for packet in (IPV6, IPV4):
        device.write(packet)
        assert kernel.received("tun0") == packet
        kernel.deliver("tun0", packet)
        assert device.read() == packet


# --- applying ---------------------------------------------------------------------------------------------------------


def test_apply_gives_all_and_can_be_repeated(kernel, host, opened):
    name = opened().name
    assert host.observe(name) == Observed(False, 1500, frozenset(), False)
    applied = [host.apply(name, WANTED), host.apply(name, WANTED)]
    assert [(each.mtu, each.problems) for each in applied] == [(1500, ())] * 2
    assert host.observe(name) == Observed(True, 1500, frozenset({(OWN, 7)}), True)
    assert kernel.interfaces[name].addresses == {OWN: (7, 0)}
    assert kernel.commands == []


@pytest.mark.parametrize(
    ("kind", "kernels", "granted"), [(Kind.TUN, 1500, 1500), (Kind.TUN, 9000, 9000), (Kind.TAP, 1500, 9000)]
)
def test_auto_mtu_is_what_the_kernel_grants(kernel, host, opened, kind, kernels, granted):
    kernel.tun_mtu = kernels
    name = opened("auto", kind).name
    assert host.mtu_ceiling(kind) == 9000
    applied = host.apply(name, Wanted(OWN, host.mtu_ceiling(kind)))
    assert (applied.mtu, applied.problems) == (granted, ())


def test_auto_mtu_is_never_less_than_ipv6_needs(kernel, host, opened):
    name = opened().name
    kernel.tun_mtu = 1300
    assert host.apply(name, WANTED).mtu == 1280
    kernel.tun_mtu = 1279
    with pytest.raises(HostError, match="tun0 takes no MTU of 1280 or more"):
        host.apply(name, WANTED)


def test_apply_tells_of_an_mtu_that_was_meant_and_refused(host, opened):
    applied = host.apply(opened().name, Wanted(OWN, 4000))
    [problem] = applied.problems
    assert (applied.mtu, problem.what, problem.command) == (1500, "set MTU 4000", "ifconfig tun0 mtu 4000")
    assert "Invalid argument" in problem.output


def test_apply_refuses_more_than_the_ceiling_and_names_it(host, opened):
    with pytest.raises(HostError, match="MTU 9001 is more than NetBSD's ceiling of 9000"):
        host.apply(opened().name, Wanted(OWN, 9001))


def test_apply_falls_back_on_ifconfig_and_reports_it(kernel, host, opened):
    kernel.refuse["SIOCAIFADDR_IN6"] = "EINVAL"
    applied = host.apply(opened().name, WANTED)
    command = "ifconfig tun0 inet6 200:1::1/7 alias"
    assert [" ".join(each) for each in kernel.commands] == [command]
    assert kernel.interfaces["tun0"].addresses == {OWN: (7, 0)}
    [problem] = applied.problems
    assert (problem.command, problem.output) == ("SIOCAIFADDR_IN6 tun0", "Invalid argument")
    assert command in problem.fix


def test_apply_to_no_interface_says_so(host):
    with pytest.raises(HostError, match="there is no interface 'tun9'"):
        host.apply("tun9", WANTED)
    assert host.observe("tun9") is None


# --- routes -----------------------------------------------------------------------------------------------------------


def test_route_has_our_own_address_as_gateway(kernel, host, opened):
    kernel.connects = False
    assert host.apply(opened().name, WANTED).problems == ()
    assert kernel.routes == [Route(MESH, 7, "tun0", OWN, STATIC)]
    assert kernel.commands == []


def test_route_that_goes_elsewhere_is_turned_to_us(kernel, host, opened):
    kernel.connects = False
    kernel.routes.append(Route(MESH, 7, "lo0", OTHER, STATIC))
    assert host.apply(opened().name, WANTED).problems == ()
    assert kernel.routes == [Route(MESH, 7, "tun0", OWN, STATIC)]


def test_route_that_the_kernel_refuses_is_added_by_command_and_reported(kernel, host, opened):
    kernel.connects = False
    kernel.refuse["RTM_ADD"] = "ENOBUFS"
    applied = host.apply(opened().name, WANTED)
    assert [" ".join(each) for each in kernel.commands] == [ADD]
    assert [each.interface for each in kernel.routes] == ["tun0"]
    [problem] = applied.problems
    assert (problem.what, problem.command) == ("add route 200::/7", "RTM_ADD tun0")
    assert (problem.output, ADD in problem.fix) == ("No buffer space available", True)


def test_route_command_that_fails_is_a_problem_with_its_line_and_its_output(kernel, host, opened):
    """What the operator of a mesh on NetBSD never got to see."""
    kernel.connects = False
    kernel.refuse |= {"RTM_ADD": "ENETUNREACH", "route": "ENETUNREACH"}
    applied = host.apply(opened().name, WANTED)
    [problem] = applied.problems
    assert (problem.what, problem.command) == ("add route 200::/7", ADD)
    assert problem.output == "route: writing to routing socket: Network is unreachable"
    assert "packets to 200:: go nowhere" in problem.fix
    assert not host.observe("tun0").routed


def test_withdrawing_by_command_deletes_and_never_dels(kernel, host, opened):
    name = opened().name
    host.apply(name, WANTED)
    kernel.routes = [Route(MESH, 7, name, OWN, STATIC)]
    kernel.refuse["RTM_DELETE"] = "ENOBUFS"
    [problem] = host.withdraw(name)
    assert [" ".join(each) for each in kernel.commands] == [DELETE]
    assert (kernel.routes, problem.command, DELETE in problem.fix) == ([], "RTM_DELETE tun0", True)


def test_this_systems_route_does_not_know_del(kernel):
    """The model: a command line with `del` is what the real one says of it."""
    program = kernel.programs()["route"]
    assert isinstance(program, RouteProgram)
    done = program(["-q", "-n", "del", "-inet6", "200::/7", "200:1::1"])
    assert (done.status, done.stderr.splitlines()[0]) == (1, "route: botched keyword: del")


# --- withdrawing and cleaning up --------------------------------------------------------------------------------------


def test_withdraw_takes_back_what_is_ours_and_nothing_else(kernel, host, opened):
    name = opened().name
    host.apply(name, WANTED)
    interface = kernel.interfaces[name]
    kernel.add_address(interface, SUBNET, 64, 0)
    assert host.withdraw(name) == host.withdraw(name) == host.withdraw("tun9") == ()
    assert interface.addresses == {SUBNET: (64, 0)}
    assert [each.prefix_length for each in kernel.routes] == [64]


def test_cleanup_destroys_what_a_crash_left(kernel, host):
    device = host.open("auto")
    host.apply(device.name, WANTED)
    crash(kernel, device)
    assert host.cleanup("auto") == ["tun0"]
    assert (list(kernel.interfaces), kernel.routes) == (["lo0"], [])
    assert host.cleanup("auto") == host.cleanup("tun0") == []


def test_cleanup_takes_back_what_is_ours_from_a_device_of_ifconfigs(kernel, host):
    kernel.add_interface("tun3", "tun")
    device = host.open("tun3")
    host.apply("tun3", WANTED)
    crash(kernel, device)
    assert host.cleanup("tun3") == ["tun3"]
    assert kernel.interfaces["tun3"].addresses == {}


def test_cleanup_never_touches_what_somebody_holds_open(kernel, host, opened):
    name = opened().name
    host.apply(name, WANTED)
    assert host.cleanup("auto") == host.cleanup(name) == []
    assert host.observe(name).meets(WANTED)
    assert name in kernel.interfaces


def test_cleanup_leaves_other_interfaces_alone(kernel, host):
    kernel.add_address(kernel.add_interface("wm0", "ether", BROADCAST), OWN, 7, 0)
    kernel.add_interface("tun2", "tun").description = "vpn"
    assert host.cleanup("auto") == host.cleanup("wm0") == []
    assert sorted(kernel.interfaces) == ["lo0", "tun2", "wm0"]


def test_cleanup_destroys_by_ifconfig_what_the_kernel_keeps(kernel, host):
    crash(kernel, host.open("auto"))
    kernel.refuse["SIOCIFDESTROY"] = "EINVAL"
    assert host.cleanup("auto") == ["tun0"]
    assert (list(kernel.interfaces), kernel.commands) == (["lo0"], [("ifconfig", "tun0", "destroy")])


@pytest.mark.parametrize(
    ("errno", "error", "text"),
    [
        ("EPERM", PermissionDeniedError, "run as root"),
        ("EINVAL", HostError, "cannot destroy the interface on tun0: `ifconfig tun0 destroy` said: SIOCIFDESTROY: Inv"),
    ],
)
def test_cleanup_that_is_refused_says_by_what(kernel, host, errno, error, text):
    crash(kernel, host.open("auto"))
    kernel.refuse["SIOCIFDESTROY"] = errno
    kernel.answers["ifconfig"] = Completed(1, "", "SIOCIFDESTROY: Invalid argument\n")
    with pytest.raises(error, match=text):
        host.cleanup("auto")


# --- watching, ports --------------------------------------------------------------------------------------------------


def test_watch_filters_by_kind_and_takes_lost_messages_for_news(kernel, host, abi):
    watch = host.watch()
    [socket] = kernel.sockets.values()
    assert socket.options[0] == (34, 1, bytes([1, 2, 3, 22, 23, 20, 16]))
    assert not socket.blocking
    assert not watch.read()
    for vector in ("if_up", "new_addr", "zero_len"):
        kernel.broadcast(bytes.fromhex(VECTORS[f"{abi.cpu}-netbsd"][vector]))
        assert watch.read(), vector
    kernel.broadcast("ENOBUFS")
    assert watch.read()
    watch.close()


def test_listening_ports_come_from_sockstat(kernel, host):
    line = "root     everleaf   4242  7   tcp    *.9001                 *.*\n"
    kernel.answers["sockstat"] = Completed(0, line, "")
    assert host.listening_ports() == [ListeningPort("tcp", 9001, "0.0.0.0", "everleaf", 4242)]
