"""The macOS backend from open to cleanup, on a model of its kernel. Nothing here was run on macOS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from everleaf.errors import BusyError, HostError, PermissionDeniedError
from everleaf.host.abi import Abi, load
from everleaf.host.base import MESH, Carrier, Framing, Kind, ListeningPort, Observed, Wanted
from everleaf.host.bsd.darwin import DarwinHost
from everleaf.host.bsd.ports import lsof, netstat
from everleaf.host.program import Completed
from host.bsd.fake.darwin import DarwinKernel
from host.bsd.fake.messages import DST, GATEWAY, NETMASK
from host.bsd.fake.numbers import POINTOPOINT, UP
from host.bsd.fake.stack import Route

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/routing.json").read_text())
ADDRESS = bytes.fromhex("02000001000000000000000000000001")  # 200:1::1
OTHER = bytes.fromhex("02000002000000000000000000000002")
WANTED = Wanted(ADDRESS, 1400)
IPV6, IPV4 = b"\x60" + bytes(47), b"\x45" + bytes(39)
NODAD, SECURED = 0x20, 0x400
RTF_HOST, RTF_WASCLONED = 0x4, 0x20000
LINK_LOCAL = bytes.fromhex("fe80") + bytes(13) + b"\1"


@pytest.fixture(params=["aarch64", "x86_64"])
def abi(request: pytest.FixtureRequest) -> Abi:
    return load("darwin", request.param)


@pytest.fixture
def kernel() -> Iterator[DarwinKernel]:
    kernel = DarwinKernel()
    yield kernel
    kernel.reap()
    assert (kernel.open_sockets(), kernel.devices) == (0, {})


@pytest.fixture
def host(kernel: DarwinKernel, abi: Abi) -> DarwinHost:
    return DarwinHost(kernel, abi)


def mesh_route(kernel: DarwinKernel) -> str:
    """The interface that packets for the mesh go into; "" for none."""
    route = kernel.find_route(MESH, 7)
    return route.interface if route else ""


# --- the device -------------------------------------------------------------------------------------------------------


def test_open_takes_the_next_free_utun(host: DarwinHost, kernel: DarwinKernel) -> None:
    first, second = host.open("auto"), host.open("auto")
    assert (first.name, second.name) == ("utun0", "utun1")
    assert (first.kind, first.framing, first.carrier, first.family) == (Kind.TUN, Framing.FAMILY, Carrier.FILE, 30)
    first.close()
    assert kernel.interface_index("utun1")
    second.close()


def test_open_takes_the_utun_that_is_named(host: DarwinHost) -> None:
    device = host.open("utun5")
    assert device.name == "utun5"
    device.close()


def test_device_carries_packets_behind_four_bytes_of_family(host: DarwinHost, kernel: DarwinKernel) -> None:
    device = host.open("auto")
    for packet in (IPV6, IPV4):
        kernel.deliver("utun0", packet)
        assert device.read() == packet
        device.write(packet)
        assert kernel.received("utun0") == packet
    device.close()


def test_device_is_asked_not_to_block(host: DarwinHost, kernel: DarwinKernel) -> None:
    device = host.open("auto")
    assert "FIONBIO" in kernel.asked
    device.close()


def test_open_of_a_utun_in_use_says_so(host: DarwinHost) -> None:
    device = host.open("utun5")
    with pytest.raises(BusyError, match="'utun5' is in use"):
        host.open("utun5")
    device.close()


@pytest.mark.parametrize("name", ["tun0", "utun", "utun-1", "utun05", "utunx", "/dev/utun5", "utun999999", "", "en0"])
def test_open_refuses_names_that_no_utun_has(name: str, host: DarwinHost) -> None:
    with pytest.raises(HostError, match=r'cannot be called.*"auto", or to utun and a number'):
        host.open(name)


def test_open_of_a_tap_is_refused(host: DarwinHost) -> None:
    with pytest.raises(HostError, match="macOS has no TAP devices"):
        host.open("auto", Kind.TAP)
    assert (host.mtu_ceiling(Kind.TUN), host.mtu_ceiling(Kind.TAP)) == (65535, 0)


def test_open_without_root_is_denied(host: DarwinHost, kernel: DarwinKernel) -> None:
    kernel.leave_root()
    with pytest.raises(PermissionDeniedError, match="run as root"):
        host.open("auto")


def test_open_says_what_else_the_kernel_refused(host: DarwinHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("everleaf.host.bsd.darwin.UTUN_CONTROL", b"com.example.none")
    with pytest.raises(HostError, match="cannot create the TUN device 'auto': No such file or directory"):
        host.open("auto")


# --- the wanted state -------------------------------------------------------------------------------------------------


def test_apply_gives_mtu_address_and_route_by_request_alone(host: DarwinHost, kernel: DarwinKernel) -> None:
    device = host.open("auto")
    applied = host.apply(device.name, Wanted(ADDRESS, 65535))
    utun = kernel.interfaces["utun0"]
    assert (applied.mtu, applied.problems) == (65535, ())
    assert (utun.mtu, utun.addresses, mesh_route(kernel)) == (65535, {ADDRESS: (7, NODAD | SECURED)}, "utun0")
    assert utun.flags & UP
    assert kernel.commands == []
    device.close()


def test_apply_again_changes_nothing(host: DarwinHost, kernel: DarwinKernel) -> None:
    device = host.open("auto")
    host.apply(device.name, WANTED)
    kernel.asked.clear()
    assert host.apply(device.name, WANTED).problems == ()
    assert set(kernel.asked) <= {"SIOCGIFMTU", "SIOCGIFFLAGS"}
    device.close()


def test_apply_brings_back_what_somebody_took(host: DarwinHost, kernel: DarwinKernel) -> None:
    device = host.open("auto")
    host.apply(device.name, WANTED)
    utun = kernel.interfaces["utun0"]
    kernel.set_up(utun, up=False)
    kernel.delete_address(utun, ADDRESS)
    kernel.routes.clear()
    assert host.apply(device.name, WANTED).problems == ()
    assert (utun.flags & UP, set(utun.addresses), mesh_route(kernel)) == (UP, {ADDRESS}, "utun0")
    device.close()


@pytest.mark.parametrize("mtu", [65536, 71])
def test_apply_keeps_the_mtu_that_the_kernel_grants(mtu: int, host: DarwinHost) -> None:
    device = host.open("auto")
    applied = host.apply(device.name, Wanted(ADDRESS, mtu))
    assert applied.mtu == 1500
    [problem] = applied.problems
    assert (problem.what, problem.command) == (f"set MTU {mtu}", f"ifconfig utun0 mtu {mtu}")
    device.close()


def test_apply_of_an_address_falls_back_on_ifconfig_and_tells(host: DarwinHost, kernel: DarwinKernel) -> None:
    device = host.open("utun5")
    kernel.refuse["SIOCAIFADDR_IN6"] = "EINVAL"
    applied = host.apply(device.name, WANTED)
    assert kernel.commands == [("ifconfig", "utun5", "inet6", "200:1::1/7")]
    [problem] = applied.problems
    assert (problem.what, problem.command) == ("add address 200:1::1/7", "SIOCAIFADDR_IN6 utun5")
    assert problem.output == "Invalid argument"
    assert kernel.interfaces["utun5"].addresses == {ADDRESS: (7, 0)}
    device.close()


def test_apply_without_root_is_denied(host: DarwinHost, kernel: DarwinKernel) -> None:
    device = host.open("auto")
    kernel.leave_root()
    with pytest.raises(PermissionDeniedError, match="run as root"):
        host.apply(device.name, WANTED)
    device.close()


def test_apply_to_an_interface_that_is_gone_says_so(host: DarwinHost) -> None:
    with pytest.raises(HostError, match="there is no interface 'utun5'"):
        host.apply("utun5", WANTED)


def test_request_for_the_route_is_what_the_headers_make(
    abi: Abi, host: DarwinHost, kernel: DarwinKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte, as the backend sends it: interface 7, the first message of its socket."""
    sent: list[bytes] = []

    def send(fd: int, message: bytes) -> None:
        sent.append(message)
        DarwinKernel.send(kernel, fd, message)

    monkeypatch.setattr(kernel, "send", send)
    for number in range(5):
        kernel.add_interface(f"en{number}", "lo")
    device = host.open("auto")
    host.apply(device.name, WANTED)
    kernel.change_route("DELETE", Route(MESH, 7, "utun0"))
    host.apply(device.name, WANTED)
    device.close()
    [message] = sent
    at = abi.offsetof("rt_msghdr", "rtm_pid")
    anonymous = message[:at] + bytes(4) + message[at + 4 :]
    assert anonymous.hex() == VECTORS[f"{abi.cpu}-macos"]["add_route"]


# --- routes that are there --------------------------------------------------------------------------------------------


def test_apply_takes_the_mesh_over_from_another_interface(host: DarwinHost, kernel: DarwinKernel) -> None:
    """There the address brings a route for its own sockets only, which must not pass for the mesh's."""
    kernel.routes.append(Route(MESH, 7, "lo0"))
    device = host.open("auto")
    assert host.apply(device.name, WANTED).problems == ()
    assert mesh_route(kernel) == "utun0"
    assert [name for name in kernel.asked if name.startswith("RTM_")] == ["RTM_ADD", "RTM_CHANGE"]
    device.close()


def test_apply_of_the_route_falls_back_on_the_command_and_tells(host: DarwinHost, kernel: DarwinKernel) -> None:
    device = host.open("utun5")
    host.apply(device.name, WANTED)
    kernel.change_route("DELETE", Route(MESH, 7, "utun5"))
    kernel.refuse["RTM_ADD"] = "ENOBUFS"
    applied = host.apply(device.name, WANTED)
    assert kernel.commands == [("route", "-q", "-n", "add", "-inet6", "200::/7", "-iface", "utun5")]
    [problem] = applied.problems
    assert (problem.what, problem.output) == ("add route 200::/7", "No buffer space available")
    assert mesh_route(kernel) == "utun5"
    device.close()


def test_apply_changes_by_command_what_the_command_finds_in_place(host: DarwinHost, kernel: DarwinKernel) -> None:
    """`route add` says "File exists" and ends with 0."""
    kernel.routes.append(Route(MESH, 7, "lo0"))
    kernel.refuse |= {"RTM_ADD": "EEXIST", "RTM_CHANGE": "EINVAL"}
    device = host.open("utun5")
    host.apply(device.name, WANTED)
    assert kernel.commands == [
        ("route", "-q", "-n", action, "-inet6", "200::/7", "-iface", "utun5") for action in ("add", "change")
    ]
    assert mesh_route(kernel) == "utun5"
    device.close()


def test_apply_does_not_believe_a_command_that_ends_with_0(host: DarwinHost, kernel: DarwinKernel) -> None:
    """What it says is told, with its command line; the table has the last word."""
    kernel.routes.append(Route(MESH, 7, "lo0"))
    kernel.refuse |= {"RTM_ADD": "EINVAL", "route": "EINVAL"}
    device = host.open("utun5")
    applied = host.apply(device.name, WANTED)
    [problem] = applied.problems
    assert problem.command == "route -q -n add -inet6 200::/7 -iface utun5"
    assert "route: writing to routing socket: Invalid argument" in problem.output
    assert mesh_route(kernel) == "lo0"
    device.close()


# --- the way back -----------------------------------------------------------------------------------------------------


def test_withdraw_takes_back_address_and_routes(host: DarwinHost, kernel: DarwinKernel) -> None:
    """The kernel leaves the prefix's route to a timer: it must be deleted."""
    device = host.open("auto")
    host.apply(device.name, WANTED)
    assert host.withdraw(device.name) == ()
    assert (kernel.interfaces["utun0"].addresses, kernel.routes) == ({}, [])
    assert host.withdraw(device.name) == host.withdraw("utun9") == ()
    device.close()


def test_withdraw_deletes_no_route_of_others(host: DarwinHost, kernel: DarwinKernel) -> None:
    """macOS deletes by destination alone: a mesh that leads elsewhere, and the default route, must stay."""
    others = [Route(MESH, 7, "lo0"), Route(bytes(16), 0, "lo0")]
    device = host.open("auto")
    host.apply(device.name, WANTED)
    kernel.routes = others[:]
    assert host.withdraw(device.name) == ()
    assert kernel.routes == others
    device.close()


def test_withdraw_tells_what_was_refused(host: DarwinHost, kernel: DarwinKernel) -> None:
    device = host.open("utun5")
    host.apply(device.name, WANTED)
    kernel.refuse |= {"RTM_DELETE": "EINVAL", "route": "EINVAL"}
    [problem] = host.withdraw(device.name)
    assert problem.command == "route -q -n delete -inet6 200::/7 -iface utun5"
    device.close()


def leave_behind(host: DarwinHost, kernel: DarwinKernel) -> None:
    """What a node that was killed leaves: the route to its own address."""
    device = host.open("auto")
    host.apply(device.name, WANTED)
    device.close()
    kernel.reap()


def test_cleanup_forgets_the_route_to_an_address_that_is_gone(host: DarwinHost, kernel: DarwinKernel) -> None:
    leave_behind(host, kernel)
    assert [(route.prefix, route.interface) for route in kernel.routes] == [(ADDRESS, "lo0")]
    assert host.cleanup("auto") == ("lo0",)
    assert kernel.routes == []
    assert host.cleanup("auto") == host.cleanup("utun0") == ()


def test_withdraw_forgets_it_before_the_address_is_given_again(host: DarwinHost, kernel: DarwinKernel) -> None:
    leave_behind(host, kernel)
    device = host.open("auto")
    assert host.withdraw(device.name) == ()
    assert kernel.routes == []
    device.close()


def test_cleanup_leaves_a_node_alone_that_runs(host: DarwinHost, kernel: DarwinKernel) -> None:
    device = host.open("auto")
    host.apply(device.name, WANTED)
    abroad = bytes.fromhex("20010db8") + bytes(11) + b"\1"
    kernel.routes += [Route(abroad, 128, "lo0", flags=RTF_HOST), Route(OTHER[:8] + bytes(8), 64, "lo0")]
    before = list(kernel.routes)
    assert host.cleanup("auto") == host.cleanup("utun0") == ()
    assert kernel.routes == before
    device.close()


def test_cleanup_that_is_refused_says_what_to_do(host: DarwinHost, kernel: DarwinKernel) -> None:
    leave_behind(host, kernel)
    kernel.leave_root()
    with pytest.raises(
        HostError, match=r"delete route 200:1::1: Operation not permitted; run as root: route -n delete"
    ):
        host.cleanup("auto")
    assert [problem.what for problem in host.withdraw("utun0")] == ["delete route 200:1::1"]


# --- what is, and what changes ----------------------------------------------------------------------------------------


def test_observe_tells_the_state(host: DarwinHost, kernel: DarwinKernel) -> None:
    assert host.observe("utun0") is None
    device = host.open("auto")
    host.apply(device.name, WANTED)
    seen = host.observe("utun0")
    assert seen == Observed(up=True, mtu=1400, addresses=frozenset({(ADDRESS, 7)}), routed=True)
    assert seen.meets(WANTED)
    kernel.change_route("DELETE", Route(MESH, 7, "utun0"))
    assert not host.observe("utun0").meets(WANTED)
    device.close()


def test_watch_hears_what_others_change(host: DarwinHost, kernel: DarwinKernel) -> None:
    device = host.open("auto")
    watch = host.watch()
    utun = kernel.interfaces["utun0"]
    changes = [
        lambda: kernel.set_up(utun, up=False),
        lambda: kernel.set_mtu(utun, 1280),
        lambda: kernel.add_address(utun, ADDRESS, 7, 0),
        lambda: kernel.delete_address(utun, ADDRESS),
        lambda: kernel.broadcast(route_message(kernel, "DELETE", utun.index, MESH)),
        lambda: kernel.broadcast("ENOBUFS"),
    ]
    for change in changes:
        assert not watch.read()
        change()
        assert watch.read()
    watch.close()
    device.close()


def route_message(kernel: DarwinKernel, kind: str, index: int, prefix: bytes, flags: int = 0) -> bytes:
    """News of somebody else's route."""
    messages = kernel.messages
    row = {DST: messages.inet6(prefix), GATEWAY: messages.link(index), NETMASK: messages.short_mask(7)}
    return messages.route(kind, index, flags, row, pid=1, sequence=1)


def test_watch_is_deaf_to_what_changes_all_day(host: DarwinHost, kernel: DarwinKernel) -> None:
    awdl = kernel.add_interface("awdl0", "lo", UP | POINTOPOINT)
    en = kernel.add_interface("en0", "lo", UP)
    watch = host.watch()
    kernel.set_up(awdl, up=False)
    kernel.add_address(awdl, OTHER, 64, 0)
    kernel.add_address(en, LINK_LOCAL, 64, 0)
    kernel.set_mtu(kernel.interfaces["lo0"], 1500)
    kernel.broadcast(route_message(kernel, "ADD", en.index, OTHER, RTF_HOST | RTF_WASCLONED))
    kernel.broadcast(route_message(kernel, "ADD", en.index, LINK_LOCAL))
    kernel.broadcast(route_message(kernel, "ADD", en.index, b"\xff\x02" + bytes(14)))
    kernel.broadcast(route_message(kernel, "ADD", awdl.index, MESH))
    kernel.broadcast(route_message(kernel, "MISS", en.index, OTHER))
    assert not watch.read()
    kernel.broadcast(route_message(kernel, "ADD", en.index, MESH))
    assert watch.read()
    watch.close()


def test_watch_does_not_hear_itself(host: DarwinHost, kernel: DarwinKernel) -> None:
    device = host.open("auto")
    host.apply(device.name, WANTED)
    kernel.change_route("DELETE", Route(MESH, 7, "utun0"))
    watch = host.watch()
    host.apply(device.name, WANTED)
    assert "RTM_ADD" in kernel.asked
    assert not watch.read()
    watch.close()
    device.close()


def test_listening_ports_come_from_netstat_with_owners_from_lsof(host: DarwinHost, kernel: DarwinKernel) -> None:
    overlay = "200:1234:5678:9abc:def0:1234:5678:9abc"
    kernel.bound = [("tcp46", "*", 22, "LISTEN"), ("tcp4", "127.0.0.1", 631, "CLOSED"), ("udp6", overlay, 9001, "")]
    kernel.answers["lsof"] = Completed(0, "p1\nclaunchd\nf9\ntIPv6\nPTCP\nn*:22\nTST=LISTEN\n", "")
    assert host.listening_ports() == [
        ListeningPort("tcp", 22, "::", "launchd", 1),
        ListeningPort("udp", 9001, overlay),
    ]
    assert kernel.commands == [netstat.DARWIN.command, lsof.DARWIN.command]
