"""What Windows tells: who listens, and that something has changed."""

from __future__ import annotations

import select
from ipaddress import ip_address

import pytest

from everleaf.errors import HostError
from everleaf.host.base import ListeningPort
from everleaf.host.windows import WindowsHost
from everleaf.host.windows.watch import WindowsWatch
from host.windows.fake.windows import FakeWindows, Socket


@pytest.fixture
def windows() -> FakeWindows:
    return FakeWindows()


@pytest.fixture
def host(windows) -> WindowsHost:
    return WindowsHost(windows)


def socket(protocol: str, address: str, port: int, pid: int = 4, **values: bool) -> Socket:
    return Socket(protocol, ip_address(address).packed, port, pid, **values)


def readable(watch: WindowsWatch) -> bool:
    return bool(select.select([watch.fileno()], [], [], 0)[0])


def test_ports_of_both_protocols_and_families_are_listed_sorted(host, windows) -> None:
    windows.programs = {7: r"C:\Windows\System32\svchost.exe"}
    windows.sockets = [
        socket("udp", "::", 5353, 7),
        socket("tcp", "0.0.0.0", 445),
        socket("tcp", "200:1::1", 9001, 7),
        socket("udp", "127.0.0.1", 1900, 8),
    ]
    assert host.listening_ports() == [
        ListeningPort("tcp", 445, "0.0.0.0", "", 4),
        ListeningPort("tcp", 9001, "200:1::1", "svchost.exe", 7),
        ListeningPort("udp", 1900, "127.0.0.1", "", 8),
        ListeningPort("udp", 5353, "::", "svchost.exe", 7),
    ]


def test_a_connection_is_no_port_that_listens(host, windows) -> None:
    windows.sockets = [socket("tcp", "10.0.0.1", 50000, listens=False), socket("tcp", "10.0.0.1", 22)]
    assert [port.port for port in host.listening_ports()] == [22]


def test_ipv4_on_a_socket_of_ipv6_is_written_as_ipv4(host, windows) -> None:
    windows.sockets = [socket("tcp", "::ffff:10.0.0.1", 80)]
    assert host.listening_ports()[0].address == "10.0.0.1"


def test_a_table_larger_than_expected_is_asked_for_again(host, windows) -> None:
    kinds = [("tcp", "::"), ("tcp", "0.0.0.0"), ("udp", "::"), ("udp", "0.0.0.0")]
    windows.sockets = [socket(protocol, address, port) for protocol, address in kinds for port in range(1, 2000)]
    found = host.listening_ports()
    assert {(each.protocol, each.address, each.port) for each in found} == {
        (protocol, address, port) for protocol, address in kinds for port in range(1, 2000)
    }


def test_a_table_that_grows_while_it_is_asked_for_is_asked_for_once_more(host, windows) -> None:
    windows.sockets = [socket("tcp", "::", 22)]
    windows.port_tables_grow = 3
    assert len(host.listening_ports()) == 1


def test_a_table_that_grows_without_end_is_given_up(host, windows) -> None:
    windows.port_tables_grow = 1000
    with pytest.raises(HostError, match="GetExtendedTcpTable needs more than"):
        host.listening_ports()


def test_a_watch_is_silent_until_something_changes(host, windows) -> None:
    watch = host.watch()
    assert (readable(watch), watch.read()) == (False, False)
    windows.stack.add("Ethernet")
    windows.news()
    assert readable(watch)
    assert (watch.read(), watch.read(), readable(watch)) == (True, False, False)
    watch.close()


def test_a_watch_hears_of_its_own_hosts_changes(host) -> None:
    watch = host.watch()
    host.open("auto")
    assert watch.read()
    watch.close()


def test_a_watch_nobody_reads_never_blocks_windows(host, windows) -> None:
    watch = host.watch()
    for _ in range(50_000):
        windows.news()
    assert watch.read()
    assert not readable(watch)
    watch.close()


def test_a_closed_watch_is_called_no_more(host, windows) -> None:
    watch = host.watch()
    watch.close()
    watch.close()
    windows.news()
    assert windows.open_handles() == 0


def test_a_watch_that_cannot_begin_leaves_nothing_behind(host, windows) -> None:
    windows.stack.refuse["NotifyRouteChange2"] = [50]
    with pytest.raises(HostError, match="Windows refused: NotifyRouteChange2: error 50"):
        host.watch()
    assert windows.open_handles() == 0
