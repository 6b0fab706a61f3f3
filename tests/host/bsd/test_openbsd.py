"""The OpenBSD backend on a model of its kernel: opened, configured, watched, withdrawn, cleaned up.

Nothing here was run on OpenBSD.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from ipaddress import IPv6Address
from pathlib import Path

import pytest

from everleaf.errors import BusyError, HostError, PermissionDeniedError
from everleaf.host.abi import Abi, load
from everleaf.host.base import Framing, Kind, ListeningPort, Observed, Problem, Wanted
from everleaf.host.bsd.openbsd import OpenBsdHost
from everleaf.host.device import FileDevice
from everleaf.host.program import Completed
from host.bsd.fake.numbers import BROADCAST, MULTICAST, POINTOPOINT, RTF_STATIC, RTF_UP, UP
from host.bsd.fake.openbsd import OpenBsdKernel
from host.bsd.fake.stack import Route

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/routing.json").read_text())
MESH = bytes([2]) + bytes(15)
OWN = IPv6Address("200:1::1").packed
OTHER = IPv6Address("200:2::2").packed
SUBNET = IPv6Address("300:1::1").packed
IPV6, IPV4 = b"\x60" + bytes(39), b"\x45" + bytes(19)
WANTED = Wanted(OWN, 16384)
ADD = "route -q -n add -inet6 200::/7 -iface 200:1::1"
DELETE = "route -q -n delete -inet6 200::/7 -iface 200:1::1"


@pytest.fixture(params=["x86_64", "sparc64"])
def abi(request: pytest.FixtureRequest) -> Abi:
    return load("openbsd", request.param)


@pytest.fixture
def kernel(abi: Abi) -> Iterator[OpenBsdKernel]:
    kernel = OpenBsdKernel(abi.byteorder)
    yield kernel
    kernel.reap()
    assert kernel.open_sockets() == 0, "a socket was left open"


@pytest.fixture
def host(kernel: OpenBsdKernel, abi: Abi) -> OpenBsdHost:
    return OpenBsdHost(kernel, abi)


@pytest.fixture
def opened(host: OpenBsdHost) -> Iterator[Callable[..., FileDevice]]:
    """Opens devices, and closes them at the end."""
    devices = []

    def open_device(name: str = "auto", kind: Kind = Kind.TUN) -> FileDevice:
        devices.append(host.open(name, kind))
        return devices[-1]

    yield open_device
    for device in devices:
        device.close()


def made_by_ifconfig(kernel: OpenBsdKernel, name: str = "tun3") -> None:
    kernel.add_interface(name, "tun", POINTOPOINT | MULTICAST)


# --- opening ----------------------------------------------------------------------------------------------------------


def test_open_takes_the_first_free_device_and_its_interface_goes_with_it(kernel, host):
    device = host.open("auto")
    assert (device.name, device.kind, device.framing, device.family) == ("tun0", Kind.TUN, Framing.FAMILY, 24)
    assert kernel.interfaces["tun0"].flags & (UP | POINTOPOINT | MULTICAST) == UP | POINTOPOINT | MULTICAST
    device.close()
    kernel.reap()
    assert "tun0" not in kernel.interfaces


def test_open_passes_by_busy_devices_and_those_that_ifconfig_made(kernel, opened):
    made_by_ifconfig(kernel, "tun1")
    assert [opened().name for _ in range(3)] == ["tun0", "tun2", "tun3"]


def test_open_gives_up_where_the_nodes_end(kernel, opened):
    kernel.nodes = 1
    opened()
    with pytest.raises(HostError, match="/dev/tun1 does not exist; run: cd /dev && sh MAKEDEV tun1"):
        opened()


def test_open_takes_the_device_it_is_told(kernel, opened):
    made_by_ifconfig(kernel, "tun3")
    assert opened("tun3").name == "tun3"


def test_open_of_a_busy_device_names_it(opened):
    opened("tun0")
    with pytest.raises(BusyError, match="tun0 is in use"):
        opened("tun0")


@pytest.mark.parametrize("name", ["/dev/tun3", "mesh0", "tun", "tap3", "tun3x", ""])
def test_open_refuses_names_that_this_system_does_not_have(kernel, opened, name):
    with pytest.raises(HostError, match="cannot be the name of a tun device"):
        opened(name)
    assert kernel.devices == {}


def test_open_without_root_says_so(kernel, opened):
    kernel.root = False
    for name in ("auto", "tun0"):
        with pytest.raises(PermissionDeniedError, match="run as root"):
            opened(name)


def test_open_adds_multicast_where_older_releases_lack_it(kernel, opened):
    kernel.multicast = 0
    opened()
    interface = kernel.interfaces["tun0"]
    assert (interface.flags & MULTICAST, interface.mtu) == (MULTICAST, 1500)


@pytest.mark.parametrize("request_name", ["TUNGIFINFO", "TUNSIFINFO"])
def test_open_that_fails_half_way_leaves_nothing(kernel, opened, request_name):
    kernel.refuse[request_name] = "EINVAL"
    with pytest.raises(HostError, match="cannot set up tun0: Invalid argument"):
        opened()
    assert (kernel.devices, list(kernel.interfaces)) == ({}, ["lo0"])


def test_open_of_a_tap_carries_frames(kernel, opened):
    device = opened("auto", Kind.TAP)
    assert (device.name, device.framing) == ("tap0", Framing.ETHERNET)
    assert kernel.interfaces["tap0"].flags & (BROADCAST | MULTICAST) == BROADCAST | MULTICAST
    assert kernel.asked == ["FIONBIO"]  # nothing of a TUN's


@pytest.mark.parametrize("packet", [IPV6, IPV4])
def test_packets_have_the_family_of_this_system_in_front(kernel, opened, packet):
    device = opened()
    device.write(packet)
    assert kernel.received("tun0") == packet
    kernel.deliver("tun0", packet)
    assert device.read() == packet


# --- applying ---------------------------------------------------------------------------------------------------------


def test_apply_gives_all_and_can_be_repeated(kernel, host, opened):
    name = opened().name
    assert host.observe(name) == Observed(True, 1500, frozenset(), False)
    applied = [host.apply(name, WANTED), host.apply(name, WANTED)]
    assert [(each.mtu, each.problems) for each in applied] == [(16384, ())] * 2
    assert host.observe(name) == Observed(True, 16384, frozenset({(OWN, 7)}), True)
    assert host.observe(name).meets(WANTED)
    assert kernel.interfaces[name].addresses == {OWN: (7, 0)}
    assert kernel.commands == []


def test_apply_asks_once_for_what_is_there(kernel, host, opened):
    name = opened().name
    host.apply(name, WANTED)
    kernel.asked.clear()
    host.apply(name, WANTED)
    assert set(kernel.asked) == {"SIOCGIFMTU", "SIOCGIFFLAGS"}


def test_apply_refuses_more_than_the_ceiling_and_names_it(kernel, host, opened):
    name = opened().name
    assert host.mtu_ceiling(Kind.TUN) == host.mtu_ceiling(Kind.TAP) == 16384
    with pytest.raises(HostError, match="MTU 16385 is more than OpenBSD's ceiling of 16384"):
        host.apply(name, Wanted(OWN, 16385))
    assert kernel.interfaces[name].mtu == 1500


def test_apply_tells_of_an_mtu_that_was_refused(kernel, host, opened):
    kernel.refuse["SIOCSIFMTU"] = "EINVAL"
    kernel.answers["ifconfig"] = Completed(1, "", "ifconfig: SIOCSIFMTU: Invalid argument\n")
    applied = host.apply(opened().name, Wanted(OWN, 9000))
    [problem] = applied.problems
    assert (applied.mtu, problem.what, problem.command) == (1500, "set MTU 9000", "ifconfig tun0 mtu 9000")
    assert problem.output == "ifconfig: SIOCSIFMTU: Invalid argument"


def test_apply_changes_the_prefix_of_an_address_that_is_there(kernel, host, opened):
    """The kernel refuses to change it in place."""
    name = opened().name
    kernel.add_address(kernel.interfaces[name], OWN, 8, 0)
    host.apply(name, WANTED)
    assert kernel.interfaces[name].addresses == {OWN: (7, 0)}


def test_apply_falls_back_on_ifconfig_and_reports_it(kernel, host, opened):
    kernel.refuse["SIOCAIFADDR_IN6"] = "ENOTTY"  # as the OpenBSD code of another node met for years
    applied = host.apply(opened().name, WANTED)
    command = "ifconfig tun0 inet6 200:1::1/7"
    assert [" ".join(each) for each in kernel.commands] == [command]
    assert kernel.interfaces["tun0"].addresses == {OWN: (7, 0)}
    [problem] = applied.problems
    assert (problem.what, problem.command) == ("add address 200:1::1/7", "SIOCAIFADDR_IN6 tun0")
    assert problem.output == "Inappropriate ioctl for device"
    assert command in problem.fix


def test_apply_gives_up_on_an_address_that_nobody_can_give(kernel, host, opened):
    kernel.refuse["SIOCAIFADDR_IN6"] = "ENOTTY"
    kernel.answers["ifconfig"] = Completed(1, "", "ifconfig: SIOCAIFADDR: Invalid argument\n")
    with pytest.raises(HostError, match="`ifconfig tun0 inet6 200:1::1/7` said: ifconfig: SIOCAIFADDR: Invalid"):
        host.apply(opened().name, WANTED)


def test_apply_without_root_runs_no_command(kernel, host, opened):
    kernel.refuse["SIOCAIFADDR_IN6"] = "EPERM"
    with pytest.raises(PermissionDeniedError, match="run as root"):
        host.apply(opened().name, WANTED)
    assert kernel.commands == []


def test_apply_to_no_interface_says_so(host):
    with pytest.raises(HostError, match="there is no interface 'tun9'"):
        host.apply("tun9", WANTED)
    assert host.observe("tun9") is None


# --- routes -----------------------------------------------------------------------------------------------------------


def test_route_has_our_own_address_as_gateway_and_is_no_gateway_route(kernel, host, opened):
    kernel.connects = False
    assert host.apply(opened().name, WANTED).problems == ()
    assert kernel.routes == [Route(MESH, 7, "tun0", OWN, RTF_UP | RTF_STATIC)]
    assert kernel.commands == []


def test_route_that_goes_elsewhere_is_turned_to_us(kernel, host, opened):
    kernel.connects = False
    kernel.routes.append(Route(MESH, 7, "lo0", OTHER, RTF_UP | RTF_STATIC))
    assert host.apply(opened().name, WANTED).problems == ()
    assert kernel.routes == [Route(MESH, 7, "tun0", OWN, RTF_UP | RTF_STATIC)]
    assert [each for each in kernel.asked if each.startswith("RTM")] == ["RTM_ADD", "RTM_CHANGE"]


def test_route_that_the_kernel_refuses_is_added_by_command_and_reported(kernel, host, opened):
    kernel.connects = False
    kernel.refuse["RTM_ADD"] = "ENETUNREACH"
    applied = host.apply(opened().name, WANTED)
    assert [" ".join(each) for each in kernel.commands] == [ADD]
    assert [each.interface for each in kernel.routes] == ["tun0"]
    [problem] = applied.problems
    assert (problem.what, problem.command) == ("add route 200::/7", "RTM_ADD tun0")
    assert (problem.output, ADD in problem.fix) == ("Network is unreachable", True)


def test_route_that_nobody_adds_is_a_problem_with_command_line_and_output(kernel, host, opened):
    """`route -q` says nothing when it fails, so the table and the status are all there is."""
    kernel.connects = False
    kernel.refuse |= {"RTM_ADD": "ENETUNREACH", "route": "ENETUNREACH"}
    applied = host.apply(opened().name, WANTED)
    [problem] = applied.problems
    assert (problem.what, problem.command) == ("add route 200::/7", ADD)
    assert problem.output == "exit status 1 without a word"
    assert "the kernel said before: Network is unreachable; packets to 200:: go nowhere" in problem.fix
    assert not host.observe("tun0").routed


def test_route_that_stays_elsewhere_is_told_with_its_interface(kernel, host, opened):
    kernel.connects = False
    kernel.routes.append(Route(MESH, 7, "lo0", OTHER, RTF_UP | RTF_STATIC))
    kernel.refuse |= {"RTM_ADD": "EEXIST", "RTM_CHANGE": "EINVAL", "route": "EINVAL"}
    [problem] = host.apply(opened().name, WANTED).problems
    assert (problem.output, "go into lo0" in problem.fix) == ("exit status 1 without a word", True)


# --- withdrawing and cleaning up --------------------------------------------------------------------------------------


def test_withdraw_takes_back_what_is_ours_and_nothing_else(kernel, host, opened):
    name = opened().name
    host.apply(name, WANTED)
    interface = kernel.interfaces[name]
    kernel.add_address(interface, SUBNET, 64, 0)
    kernel.routes.append(Route(MESH, 7, name, OWN, RTF_UP | RTF_STATIC))
    assert host.withdraw(name) == host.withdraw(name) == host.withdraw("tun9") == ()
    assert interface.addresses == {SUBNET: (64, 0)}
    assert [each.prefix_length for each in kernel.routes] == [64]


def test_withdraw_tells_of_a_route_that_stays(kernel, host, opened):
    name = opened().name
    host.apply(name, WANTED)
    kernel.routes.append(Route(MESH, 7, name, OWN, RTF_UP | RTF_STATIC))
    kernel.refuse["RTM_DELETE"] = "EINVAL"
    kernel.answers["route"] = Completed(1, "", "route: must be root to alter routing table\n")
    [problem] = host.withdraw(name)
    assert (problem.what, problem.command) == ("delete route 200::/7", DELETE)
    assert problem.output == "route: must be root to alter routing table"


def test_cleanup_takes_back_what_a_crash_left_on_a_device_of_ifconfigs(kernel, host):
    made_by_ifconfig(kernel)
    device = host.open("tun3")
    host.apply("tun3", WANTED)
    device.close()  # a crash: the kernel closes it, nobody withdraws
    assert host.cleanup("auto") == ["tun3"]
    assert kernel.interfaces["tun3"].addresses == {}
    assert host.cleanup("auto") == host.cleanup("tun3") == host.cleanup("tun0") == []


def test_cleanup_never_touches_what_somebody_holds_open(host, opened):
    name = opened().name
    host.apply(name, WANTED)
    assert host.cleanup("auto") == host.cleanup(name) == []
    assert host.observe(name).meets(WANTED)


def test_cleanup_leaves_other_interfaces_alone(kernel, host):
    kernel.add_address(kernel.add_interface("vio0", "ether", BROADCAST), OWN, 7, 0)
    made_by_ifconfig(kernel)
    kernel.add_address(kernel.interfaces["tun3"], SUBNET, 64, 0)
    assert host.cleanup("auto") == []
    assert host.cleanup("vio0") == []


def test_cleanup_that_is_refused_says_by_what(kernel, host):
    made_by_ifconfig(kernel)
    kernel.add_address(kernel.interfaces["tun3"], OWN, 7, 0)
    kernel.refuse["SIOCDIFADDR_IN6"] = "EINVAL"
    kernel.answers["ifconfig"] = Completed(1, "", "ifconfig: SIOCDIFADDR: Invalid argument\n")
    with pytest.raises(
        HostError, match="cannot delete address 200:1::1/7 on tun3: `ifconfig tun3 inet6 200:1::1/7 del"
    ):
        host.cleanup("tun3")


# --- watching, ports --------------------------------------------------------------------------------------------------


def test_watch_filters_by_kind_and_takes_a_lost_message_for_news(kernel, host, abi):
    watch = host.watch()
    [socket] = kernel.sockets.values()
    kinds = sum(1 << kind for kind in (1, 2, 3, 12, 13, 14, 15, 16))
    assert (socket.options, socket.blocking) == ([(17, 1, kinds.to_bytes(4, abi.byteorder))], False)
    assert not watch.read()
    for vector in ("if_up", "new_addr", "zero_len"):
        kernel.broadcast(bytes.fromhex(VECTORS[f"{abi.cpu}-openbsd"][vector]))
        assert watch.read(), vector
    eight = (8).to_bytes(2, abi.byteorder)
    kernel.broadcast(eight + bytes([5, 16]) + eight + bytes(2))  # RTM_DESYNC, nothing but a header of 8 bytes
    assert watch.read()
    watch.close()


def test_listening_ports_come_from_netstat_with_owners_from_fstat(kernel, host):
    answers = {
        "netstat": "tcp          0      0  *.9001             *.*                LISTEN\n",
        "fstat": "root     everleaf    4242    7* internet stream tcp 0xffff8000 *:9001\n",
    }
    kernel.run = lambda command: Completed(0, answers[command[0]], "")
    assert host.listening_ports() == [ListeningPort("tcp", 9001, "0.0.0.0", "everleaf", 4242)]


def test_mtu_that_ifconfig_sets_instead_is_a_mended_problem(kernel, host, opened):
    kernel.refuse["SIOCSIFMTU"] = "EINVAL"
    [problem] = host.apply(opened().name, Wanted(OWN, 9000)).problems
    assert problem == Problem(
        "set MTU 9000",
        "SIOCSIFMTU tun0",
        "Invalid argument",
        "nothing: `ifconfig tun0 mtu 9000` did it instead; but please report it",
        mended=True,
    )
