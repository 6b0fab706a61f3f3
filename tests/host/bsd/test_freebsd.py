"""FreeBSD's backend, from opening to cleaning up after a crash, on a model of its kernel; in both byte orders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from ipaddress import IPv6Address

import pytest

from everleaf.errors import BusyError, HostError, PermissionDeniedError
from everleaf.host.base import Device, Framing, Kind, ListeningPort, Wanted
from everleaf.host.bsd.freebsd import FreeBsdHost
from everleaf.host.bsd.kernel import Completed
from host.bsd.fake.freebsd import RTF_PINNED, FreeBsdKernel
from host.bsd.fake.numbers import BROADCAST, MULTICAST, RTF_STATIC, RTF_UP, UP
from host.bsd.fake.stack import Route

OWN = IPv6Address("200:1::1").packed
MESH = IPv6Address("200::").packed
WANTED = Wanted(OWN, 32767)
IPV6, IPV4 = b"\x60" + bytes(39), b"\x45" + bytes(19)
NO_DAD = 0x100  # ND6_IFF_NO_DAD, alone


@pytest.fixture(params=["x86_64", "powerpc64"])
def cpu(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def kernel(cpu: str) -> Iterator[FreeBsdKernel]:
    kernel = FreeBsdKernel("big" if cpu == "powerpc64" else "little")
    yield kernel
    left = kernel.open_sockets()
    kernel.end()
    assert left == 0


@pytest.fixture
def host(kernel: FreeBsdKernel, cpu: str, keeping: Callable[[FreeBsdHost], FreeBsdHost]) -> FreeBsdHost:
    return keeping(FreeBsdHost(kernel, cpu))


def kill(kernel: FreeBsdKernel, device: Device) -> None:
    """Our process dies: the kernel closes what it had open."""
    os.close(device.detach())
    kernel.reap()


# --- opening ---------------------------------------------------------------------------------------------------------


def test_open_makes_a_tun_with_a_header_that_carries_ipv6(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    device = host.open("auto")
    interface = kernel.interfaces["tun0"]
    assert (device.name, device.kind, device.framing, device.family) == ("tun0", Kind.TUN, Framing.FAMILY, 28)
    assert (interface.head, kernel.modes["tun0"]) == (True, BROADCAST | MULTICAST)
    assert "FIONBIO" in kernel.asked
    for packet in (IPV6, IPV4):
        device.write(packet)
        assert kernel.received("tun0") == packet
        kernel.deliver("tun0", packet)
        assert device.read() == packet


def test_open_makes_a_tap_without_a_header(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    device = host.open("auto", Kind.TAP)
    frame = bytes(12) + b"\x86\xdd" + IPV6
    device.write(frame)
    assert (device.name, device.framing) == ("tap0", Framing.ETHERNET)
    assert kernel.received("tap0") == frame


def test_open_takes_the_next_unit_beside_a_busy_one(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    kernel.open("/dev/tun0")
    device = host.open("auto")
    assert device.name == "tun1"


def test_open_of_a_busy_name_says_so(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    kernel.open("/dev/tun3")
    with pytest.raises(BusyError, match="tun3 is in use"):
        host.open("tun3")


def test_open_uses_an_interface_that_is_up_already_and_leaves_it(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    """`ifconfig tun5 create up` of an administrator: the mode is refused while it is up."""
    kernel.set_up(kernel.interfaces[kernel.create("tun5")], up=True)
    device = host.open("tun5")
    assert kernel.modes["tun5"] == BROADCAST | MULTICAST
    device.close()
    kernel.reap()
    assert "tun5" in kernel.interfaces


@pytest.mark.parametrize("name", ["/dev/tun0", "tap0", "em0", "tun", "tun-1", ""])
def test_open_refuses_what_is_no_name_of_a_tun(host: FreeBsdHost, name: str) -> None:
    with pytest.raises(HostError, match="cannot be the name of a tun device"):
        host.open(name)


@pytest.mark.parametrize(("asked", "made"), [("auto", "tun0"), ("tun7", "tun7")])
def test_open_has_ifconfig_load_the_driver(kernel: FreeBsdKernel, host: FreeBsdHost, asked: str, made: str) -> None:
    kernel.loaded = False
    device = host.open(asked)
    assert device.name == made
    assert kernel.commands == [("ifconfig", "tun" if asked == "auto" else asked, "create")]
    device.close()
    kernel.reap()
    assert made not in kernel.interfaces


def test_open_in_a_jail_tells_the_command_and_its_answer(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    kernel.jailed = True
    with pytest.raises(HostError, match=r"`ifconfig tun create` said: .*not permitted.*devfs rules"):
        host.open("auto")


def test_open_without_privilege_is_denied(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    kernel.root = False
    with pytest.raises(PermissionDeniedError, match="may not open /dev/tun"):
        host.open("auto")


@pytest.mark.parametrize("request_name", ["TUNGIFNAME", "TUNSIFMODE", "TUNSIFHEAD"])
def test_open_that_fails_half_way_leaves_nothing_open(
    kernel: FreeBsdKernel, host: FreeBsdHost, request_name: str
) -> None:
    kernel.refuse[request_name] = "EINVAL"
    with pytest.raises(HostError, match="Invalid argument"):
        host.open("auto")
    assert kernel.devices == {}


# --- closing ---------------------------------------------------------------------------------------------------------


def test_a_device_goes_with_its_descriptor(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    host.open("auto").close()
    kernel.reap()
    assert "tun0" not in kernel.interfaces


def test_a_device_is_destroyed_after_it_is_closed_where_it_does_not_go_by_itself(
    kernel: FreeBsdKernel, host: FreeBsdHost
) -> None:
    """Releases before 14. The model fails the test when the order is the other one: it would sleep for ever."""
    kernel.refuse["TUNSTRANSIENT"] = "ENOTTY"
    device = host.open("auto")
    fd = device.detach()
    assert "SIOCIFDESTROY" not in kernel.asked
    os.close(fd)
    device.close()
    assert kernel.asked.count("SIOCIFDESTROY") == 1
    assert "tun0" not in kernel.interfaces


# --- applying --------------------------------------------------------------------------------------------------------


def test_apply_gives_mtu_address_and_route_without_a_program(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    host.open("auto")
    applied = host.apply("tun0", WANTED)
    assert (applied.mtu, applied.problems, kernel.commands) == (32767, (), [])
    interface = kernel.interfaces["tun0"]
    assert interface.addresses == {OWN: (7, 0x20)}
    assert interface.flags & UP
    assert kernel.routes == [Route(MESH, 7, "tun0", flags=RTF_UP | RTF_PINNED)]
    observed = host.observe("tun0")
    assert observed is not None
    assert observed.meets(WANTED)
    assert observed.mtu == 32767


def test_apply_turns_ipv6_on_also_when_a_script_turns_it_off_late(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    kernel.late_script = True
    host.open("auto")
    assert host.apply("tun0", WANTED).problems == ()
    assert kernel.nd6["tun0"] == NO_DAD


def test_apply_twice_changes_nothing_the_second_time(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    host.open("auto")
    host.apply("tun0", WANTED)
    before, asked = host.observe("tun0"), len(kernel.asked)
    assert host.apply("tun0", WANTED).problems == ()
    assert host.observe("tun0") == before
    changes = {"SIOCSIFMTU", "SIOCAIFADDR_IN6", "SIOCSIFFLAGS", "SIOCSIFINFO_FLAGS", "RTM_ADD", "RTM_CHANGE"}
    assert not changes & set(kernel.asked[asked:])


def test_apply_restores_what_somebody_took(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    host.open("auto")
    host.apply("tun0", WANTED)
    interface = kernel.interfaces["tun0"]
    kernel.purge(interface)
    observed = host.observe("tun0")
    assert observed is not None
    assert not observed.meets(WANTED)
    host.apply("tun0", WANTED)
    observed = host.observe("tun0")
    assert observed is not None
    assert observed.meets(WANTED)


def test_apply_refuses_more_than_the_ceiling_and_names_it(host: FreeBsdHost) -> None:
    host.open("auto")
    with pytest.raises(HostError, match="65535 is more than FreeBSD's ceiling of 32767"):
        host.apply("tun0", Wanted(OWN, 65535))
    assert host.mtu_ceiling(Kind.TUN) == host.mtu_ceiling(Kind.TAP) == 32767


def test_apply_keeps_what_ipv6_can_live_with_when_an_mtu_is_refused(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    host.open("auto")
    kernel.refuse["SIOCSIFMTU"] = "EINVAL"
    kernel.answers["ifconfig"] = Completed(1, "", "ifconfig: ioctl SIOCSIFMTU (set mtu): Invalid argument\n")
    applied = host.apply("tun0", WANTED)
    [problem] = applied.problems
    assert applied.mtu == 1500
    assert (problem.what, problem.command) == ("set MTU 32767", "ifconfig tun0 mtu 32767")
    assert "Invalid argument" in problem.output


def test_apply_takes_to_ifconfig_when_the_address_is_refused(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    host.open("auto")
    kernel.refuse["SIOCAIFADDR_IN6"] = "EINVAL"
    [problem] = host.apply("tun0", WANTED).problems
    assert kernel.commands == [("ifconfig", "tun0", "inet6", "200:1::1/7", "no_dad")]
    assert kernel.interfaces["tun0"].addresses == {OWN: (7, 0x20)}
    assert (problem.command, problem.output) == ("SIOCAIFADDR_IN6 tun0", "Invalid argument")


def test_apply_takes_to_ifconfig_when_ipv6_cannot_be_turned_on(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    host.open("auto")
    kernel.refuse["SIOCSIFINFO_FLAGS"] = "EINVAL"
    problems = host.apply("tun0", WANTED).problems
    assert {problem.what for problem in problems} == {"enable IPv6"}
    assert set(kernel.commands) == {("ifconfig", "tun0", "inet6", "-ifdisabled", "-auto_linklocal", "no_dad")}


def test_apply_fails_when_no_way_leads_to_an_address(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    host.open("auto")
    kernel.refuse["SIOCAIFADDR_IN6"] = "EINVAL"
    kernel.answers["ifconfig"] = Completed(1, "", "ifconfig: ioctl (SIOCAIFADDR): Invalid argument\n")
    with pytest.raises(HostError, match=r"ifconfig tun0 inet6 200:1::1/7 no_dad.*Invalid argument"):
        host.apply("tun0", WANTED)


def test_apply_without_privilege_is_denied(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    host.open("auto")
    kernel.refuse["SIOCAIFADDR_IN6"] = "EPERM"
    with pytest.raises(PermissionDeniedError):
        host.apply("tun0", WANTED)


# --- routes ----------------------------------------------------------------------------------------------------------


def another_mesh(kernel: FreeBsdKernel) -> None:
    """An interface that has the mesh's route already, as the kernel made it for its address."""
    kernel.open("/dev/tun9")
    kernel.add_address(kernel.interfaces["tun9"], IPv6Address("201::5").packed, 7, 0)


def test_apply_turns_an_existing_route_to_us(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    """An interface's own route is pinned: changing it without saying so is refused."""
    another_mesh(kernel)
    host.open("tun0")
    assert host.apply("tun0", WANTED).problems == ()
    assert [name for name in kernel.asked if name.startswith("RTM")] == ["RTM_ADD", "RTM_CHANGE"]
    assert [route.interface for route in kernel.routes] == ["tun0"]
    assert kernel.commands == []


def test_apply_takes_to_route_when_the_routing_socket_refuses(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    host.open("tun0")
    host.apply("tun0", WANTED)
    kernel.routes.clear()
    kernel.refuse["RTM_ADD"] = "ENOBUFS"
    [problem] = host.apply("tun0", WANTED).problems
    assert kernel.commands == [("route", "-q", "-n", "add", "-inet6", "200::/7", "-iface", "tun0")]
    assert kernel.routes == [Route(MESH, 7, "tun0", flags=RTF_UP | RTF_STATIC)]
    assert (problem.command, problem.output) == ("RTM_ADD tun0", "No buffer space available")


def test_apply_shows_a_route_command_that_fails_with_its_output(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    host.open("tun0")
    host.apply("tun0", WANTED)
    kernel.routes.clear()
    kernel.refuse |= {"RTM_ADD": "ENOBUFS", "route": "ENOBUFS"}
    [problem] = host.apply("tun0", WANTED).problems
    assert problem.what == "add route 200::/7"
    assert problem.command == "route -q -n add -inet6 200::/7 -iface tun0"
    assert problem.output == "route: message indicates error: No buffer space available"
    observed = host.observe("tun0")
    assert observed is not None
    assert not observed.routed


def test_withdraw_takes_address_and_route_and_nothing_of_the_administrators(
    kernel: FreeBsdKernel, host: FreeBsdHost
) -> None:
    host.open("auto")
    host.apply("tun0", WANTED)
    subnet = IPv6Address("300:1::1").packed
    kernel.add_address(kernel.interfaces["tun0"], subnet, 64, 0)
    assert host.withdraw("tun0") == ()
    assert list(kernel.interfaces["tun0"].addresses) == [subnet]
    assert [route.prefix_length for route in kernel.routes] == [64]
    assert host.withdraw("tun0") == host.withdraw("tun44") == ()


def test_withdraw_takes_a_static_route_that_stays_without_the_address(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    another_mesh(kernel)
    host.open("tun0")
    host.apply("tun0", WANTED)
    host.withdraw("tun0")
    assert kernel.routes == []
    assert kernel.commands == []


# --- cleaning up -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["auto", "tun0"])
def test_cleanup_destroys_what_a_killed_node_has_left(kernel: FreeBsdKernel, host: FreeBsdHost, name: str) -> None:
    kernel.refuse["TUNSTRANSIENT"] = "ENOTTY"
    device = host.open("auto")
    host.apply("tun0", WANTED)
    kill(kernel, device)
    assert "tun0" in kernel.interfaces
    assert host.cleanup(name) == ["tun0"]
    assert set(kernel.interfaces) == {"lo0"}
    assert host.cleanup(name) == []


def test_cleanup_has_nothing_to_do_after_a_crash_where_interfaces_go_by_themselves(
    kernel: FreeBsdKernel, host: FreeBsdHost
) -> None:
    device = host.open("auto")
    host.apply("tun0", WANTED)
    kill(kernel, device)
    assert host.cleanup("auto") == []
    assert set(kernel.interfaces) == {"lo0"}


def test_cleanup_never_touches_what_somebody_holds_open(host: FreeBsdHost) -> None:
    host.open("auto")
    host.apply("tun0", WANTED)
    assert host.cleanup("auto") == host.cleanup("tun0") == []
    observed = host.observe("tun0")
    assert observed is not None
    assert observed.meets(WANTED)


def test_cleanup_leaves_an_administrators_interface_but_takes_our_address(
    kernel: FreeBsdKernel, host: FreeBsdHost
) -> None:
    interface = kernel.interfaces[kernel.create("tun5")]
    kernel.interfaces[kernel.create("tun6")].description = "office"
    kernel.add_address(interface, OWN, 7, 0)
    assert host.cleanup("auto") == ["tun5"]
    assert set(kernel.interfaces) == {"lo0", "tun5", "tun6"}
    assert interface.addresses == {}


def test_a_leftover_is_taken_over_and_goes_with_us(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    """A crash left tun0; the next node asks for it by name."""
    kernel.refuse["TUNSTRANSIENT"] = "ENOTTY"
    device = host.open("tun0")
    kill(kernel, device)
    host.open("tun0").close()
    assert "tun0" not in kernel.interfaces


# --- what else is told -----------------------------------------------------------------------------------------------


def test_watch_tells_that_an_address_went(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    host.open("auto")
    host.apply("tun0", WANTED)
    watch = host.watch()
    assert not watch.read()
    kernel.delete_address(kernel.interfaces["tun0"], OWN)
    assert watch.read()
    [socket] = kernel.sockets.values()
    assert len(socket.options) == 1
    watch.close()


def test_listening_ports_come_from_sockstat(kernel: FreeBsdKernel, host: FreeBsdHost) -> None:
    kernel.answers["sockstat"] = Completed(0, "root     sshd       812   4  tcp6   *:22   *:*\n", "")
    assert host.listening_ports() == [ListeningPort("tcp", 22, "::", "sshd", 812)]


def test_observe_of_no_interface_is_none(host: FreeBsdHost) -> None:
    assert host.observe("tun9") is None
