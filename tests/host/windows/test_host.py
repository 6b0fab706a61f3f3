"""The Windows backend from its start to its end, on a model of Windows that refuses what the real one refuses."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest

from everleaf.errors import BusyError, HostError, PermissionDeniedError
from everleaf.host import Kind, Wanted
from everleaf.host.program import Completed
from everleaf.host.windows import WindowsHost
from everleaf.host.windows.wintun import adapter_guid
from host.windows.fake.stack import DOWN, FOREVER, IPV4, IPV6, UP, Adapter
from host.windows.fake.windows import FakeWindows

OURS = IPv6Address("200:1:2:3::4").packed
WANTED = Wanted(OURS, 65535)
MESH = IPv6Address("200::").packed


@pytest.fixture
def windows() -> FakeWindows:
    return FakeWindows()


@pytest.fixture
def host(windows) -> WindowsHost:
    return WindowsHost(windows)


def adapter(windows: FakeWindows, name: str = "everleaf") -> Adapter:
    found = windows.stack.named(name)
    assert found is not None
    return found


# --- a fresh adapter -------------------------------------------------------------------------------------------------


def test_a_fresh_adapter_gets_all_that_is_wanted_without_a_problem(host, windows) -> None:
    device = host.open("auto")
    applied = host.apply(device.name, WANTED)
    assert (device.name, applied.mtu, applied.problems) == ("everleaf", 65535, ())
    observed = host.observe("everleaf")
    assert observed.meets(WANTED)
    assert observed.addresses == {(OURS, 7)}
    assert windows.commands == []
    device.close()
    assert windows.stack.named("everleaf") is None
    assert windows.open_handles() == 0


def test_a_fresh_adapter_neither_looks_for_twins_nor_for_routers(host, windows) -> None:
    host.apply(host.open("auto").name, WANTED)
    settings = adapter(windows).ip[IPV6]
    assert (settings["dad"], settings["discovery"]) == (0, 0)
    assert windows.stack.addresses[0].dad_state == 4  # preferred: usable at once


def test_both_versions_of_ip_get_the_mtu(host, windows) -> None:
    host.apply(host.open("auto").name, Wanted(OURS, 1400))
    assert [adapter(windows).ip[family]["mtu"] for family in (IPV4, IPV6)] == [1400, 1400]


def test_an_adapter_keeps_its_guid_so_that_windows_knows_the_network_again(host, windows) -> None:
    first = host.open("auto")
    guid = adapter(windows).guid
    first.close()
    host.open("auto")
    assert adapter(windows).guid == guid == adapter_guid("Everleaf")
    assert adapter_guid("everleaf1") != guid


def test_applying_twice_changes_nothing(host, windows) -> None:
    host.open("auto")
    host.apply("everleaf", WANTED)
    before = (list(windows.stack.addresses), list(windows.stack.routes))
    assert host.apply("everleaf", WANTED).problems == ()
    assert (windows.stack.addresses, windows.stack.routes) == before


def test_the_route_is_added_when_windows_did_not_make_it_with_the_address(host, windows) -> None:
    host.open("auto")
    host.apply("everleaf", WANTED)
    windows.stack.routes.clear()
    assert not host.observe("everleaf").routed
    assert host.apply("everleaf", WANTED).problems == ()
    route = windows.stack.routes[0]
    assert (route.prefix, route.length, route.next_hop) == (MESH, 7, bytes(16))


def test_a_route_that_appears_meanwhile_is_as_good_as_ours(host, windows) -> None:
    host.open("auto")
    host.apply("everleaf", WANTED)
    windows.stack.routes.clear()
    windows.stack.refuse["CreateIpForwardEntry2"] = [5010]
    assert host.apply("everleaf", WANTED).problems == ()


def test_apply_waits_until_packets_pass(host, windows) -> None:
    host.open("auto")
    adapter(windows).status = DOWN
    windows.after(3, lambda: setattr(adapter(windows), "status", UP))
    assert host.apply("everleaf", WANTED).problems == ()
    assert windows.now == pytest.approx(3)


def test_apply_tells_when_packets_never_pass(host, windows) -> None:
    host.open("auto")
    adapter(windows).status = DOWN
    problem = host.apply("everleaf", WANTED).problems[0]
    assert (problem.what, problem.output) == ("bring 'everleaf' up", "still down after 15 s")


def test_two_nodes_on_one_machine_get_an_adapter_each(host, windows) -> None:
    assert [host.open("auto").name, host.open("auto").name] == ["everleaf", "everleaf1"]
    assert len({each.guid for each in windows.stack.adapters}) == 2


def test_auto_gives_up_after_ten_adapters(host) -> None:
    for _ in range(10):
        host.open("auto")
    with pytest.raises(BusyError, match="10 adapters are in use"):
        host.open("auto")


# --- an adapter that is there before us ------------------------------------------------------------------------------


def test_an_adapter_made_by_somebody_else_is_opened_and_survives_us(host, windows) -> None:
    theirs = windows.wintun
    theirs.loaded = True
    theirs.create("tunnel", "Other", bytes(range(16)))
    device = host.open("tunnel")
    host.apply("tunnel", WANTED)
    device.close()
    assert windows.stack.named("tunnel") is not None


def test_an_adapter_in_use_is_refused_and_left_alone(host, windows) -> None:
    device = host.open("tunnel")
    with pytest.raises(BusyError, match="'tunnel' is in use"):
        host.open("tunnel")
    device.write(bytes([0x60]) + bytes(39))
    assert len(windows.wintun.handles) == 1


def test_an_adapter_of_another_kind_keeps_its_name(host, windows) -> None:
    windows.stack.add("Ethernet")
    with pytest.raises(HostError, match="'Ethernet' exists and is not a Wintun adapter") as caught:
        host.open("Ethernet")
    assert caught.value.fix == "set interface.name to another name"
    assert adapter(windows, "Ethernet")


def test_names_are_the_same_in_upper_and_lower_case(host, windows) -> None:
    host.open("Tunnel")
    with pytest.raises(BusyError):
        host.open("tunnel")
    assert host.observe("TUNNEL") is not None
    assert len(windows.stack.adapters) == 1


def test_a_memory_of_an_adapter_is_no_adapter(host, windows) -> None:
    windows.stack.add("everleaf", status=6)  # IfOperStatusNotPresent
    assert host.observe("everleaf") is None


def test_the_device_carries_the_name_that_windows_gave(host, windows, monkeypatch) -> None:
    create = windows.wintun.create

    def another_was_quicker(name: str, tunnel_type: str, guid: bytes) -> tuple[int, int]:
        answer = create(name, tunnel_type, guid)
        adapter(windows, name).alias = f"{name} 1"
        return answer

    monkeypatch.setattr(windows.wintun, "create", another_was_quicker)
    assert host.open("auto").name == "everleaf 1"


# --- what an administrator can mend ----------------------------------------------------------------------------------


def test_without_privileges_nothing_is_opened(host, windows) -> None:
    windows.stack.elevated = False
    with pytest.raises(PermissionDeniedError, match="may not open the adapter 'everleaf'") as caught:
        host.open("auto")
    assert caught.value.fix == "run as administrator, or as a service"
    assert windows.now == 0  # and not tried again


def test_without_privileges_nothing_is_changed(host, windows) -> None:
    host.open("auto")
    windows.stack.elevated = False
    with pytest.raises(PermissionDeniedError, match="Windows refused to set MTU 65535"):
        host.apply("everleaf", WANTED)
    assert windows.commands == []


def test_a_creation_that_fails_once_succeeds_three_seconds_later(host, windows) -> None:
    windows.wintun.create_fails = [0x1F]
    assert host.open("auto").name == "everleaf"
    assert windows.now == 3


def test_a_creation_that_fails_twice_says_so_and_does_not_go_on(host, windows) -> None:
    windows.wintun.create_fails = [1, 0x5B4, 1, 1]
    with pytest.raises(HostError, match="Wintun cannot create the adapter 'everleaf': error 1460") as caught:
        host.open("auto")
    assert caught.value.fix == "restart Windows, which finishes pending updates, and try again"
    assert windows.wintun.create_fails == [1, 1]


def test_our_adapter_under_another_name_is_found_when_it_is_in_the_way(host, windows) -> None:
    device = host.open("auto")
    adapter(windows).alias = "Netz 5"  # the operator renamed the connection; Wintun still knows it as everleaf
    with pytest.raises(BusyError, match="'everleaf' is in use"):
        host.open("everleaf")
    device.close()
    assert windows.open_handles() == 0


def test_a_missing_wintun_says_where_to_put_it(host, windows) -> None:
    windows.wintun.paths.clear()
    with pytest.raises(HostError, match=r"wintun\.dll is missing") as caught:
        host.open("auto")
    assert r"into C:\Program Files\everleaf" in caught.value.fix


def test_wintun_is_taken_from_the_system_when_it_is_not_beside_the_program(host, windows) -> None:
    windows.wintun.paths = {r"C:\Windows\system32\wintun.dll"}
    assert host.open("auto").name == "everleaf"


def test_a_wintun_for_another_cpu_is_named(host, windows) -> None:
    windows.wintun.paths.clear()
    windows.wintun.foreign.add(r"C:\Program Files\everleaf\wintun.dll")
    with pytest.raises(HostError, match=r"everleaf\\wintun.dll cannot be loaded: error 193"):
        host.open("auto")


def test_an_address_on_an_unplugged_adapter_is_fetched_from_there(host, windows) -> None:
    old = windows.stack.add("Old TAP", status=DOWN)
    windows.stack.put_address(old.luid, OURS, 7)
    host.open("auto")
    assert host.apply("everleaf", WANTED).problems == ()
    assert [each.luid for each in windows.stack.addresses] == [adapter(windows).luid]


def test_an_address_on_an_adapter_in_use_is_left_there(host, windows) -> None:
    other = windows.stack.add("Other node")
    windows.stack.put_address(other.luid, OURS, 7)
    host.open("auto")
    with pytest.raises(HostError, match="adapter 'Other node' has our address 200:1:2:3::4"):
        host.apply("everleaf", WANTED)
    assert [each.luid for each in windows.stack.addresses] == [other.luid]


def test_an_address_with_another_prefix_length_is_replaced(host, windows) -> None:
    host.open("auto")
    windows.stack.put_address(adapter(windows).luid, OURS, 64)
    assert host.apply("everleaf", WANTED).problems == ()
    assert host.observe("everleaf").addresses == {(OURS, 7)}


def test_ipv6_that_comes_late_after_boot_is_waited_for(host, windows) -> None:
    host.open("auto")
    windows.stack.ipv6 = False
    windows.after(4, lambda: setattr(windows.stack, "ipv6", True))
    assert host.apply("everleaf", WANTED).problems == ()
    assert windows.now == 4


def hide_new_adapters(windows: FakeWindows, monkeypatch, seconds: float) -> None:
    """Let the table of adapters come after the truth."""
    start = windows.wintun.start

    def slowly(handle: int, capacity: int, event: int) -> tuple[int, int]:
        answer = start(handle, capacity, event)
        hidden = windows.wintun.handles[handle][0]
        hidden.status = 6  # IfOperStatusNotPresent
        windows.after(seconds, lambda: setattr(hidden, "status", UP))
        return answer

    monkeypatch.setattr(windows.wintun, "start", slowly)


def test_an_adapter_that_windows_shows_a_moment_later_is_waited_for(host, windows, monkeypatch) -> None:
    hide_new_adapters(windows, monkeypatch, 1)
    assert host.apply(host.open("auto").name, WANTED).problems == ()
    assert windows.now == pytest.approx(1, abs=0.11)


def test_an_adapter_that_windows_never_shows_is_given_up(host, windows, monkeypatch) -> None:
    hide_new_adapters(windows, monkeypatch, 3600)
    with pytest.raises(HostError, match="Windows does not show the adapter 'everleaf', which it has created"):
        host.open("auto")
    assert windows.now == pytest.approx(15)
    assert windows.open_handles() == 0


@pytest.mark.parametrize("code", [1168, 50])
def test_ipv6_that_is_switched_off_is_told_after_fifteen_seconds(host, windows, code) -> None:
    host.open("auto")
    windows.stack.refuse["GetIpInterfaceEntry"] = [code] * 15
    with pytest.raises(HostError, match="IPv6 is switched off for the adapter 'everleaf'") as caught:
        host.apply("everleaf", WANTED)
    assert "DisabledComponents" in caught.value.fix
    assert windows.now == 15


def test_an_adapter_without_ipv4_is_none_the_worse(host, windows) -> None:
    host.open("auto")
    del adapter(windows).ip[IPV4]
    assert host.apply("everleaf", WANTED).problems == ()


def test_apply_to_an_adapter_that_is_gone_says_so(host) -> None:
    with pytest.raises(HostError, match="there is no adapter 'everleaf'"):
        host.apply("everleaf", WANTED)


# --- where IP Helper refuses, netsh is asked -------------------------------------------------------------------------


def test_an_address_that_ip_helper_refuses_is_added_by_netsh_and_both_are_told(host, windows) -> None:
    host.open("auto")
    windows.stack.refuse["CreateUnicastIpAddressEntry"] = [87]
    problem = host.apply("everleaf", WANTED).problems[0]
    index = adapter(windows).index
    line = ("netsh", "interface", "ipv6", "add", "address", f"interface={index}", "address=200:1:2:3::4/7")
    assert windows.commands == [(*line, "store=active")]
    assert (problem.what, problem.command) == (
        "add address 200:1:2:3::4/7",
        "CreateUnicastIpAddressEntry everleaf",
    )
    assert (problem.output, problem.mended) == ("error 87: Windows sagt nein", True)
    assert problem.fix == f"nothing: `{' '.join(line)} store=active` did it instead; but please report it"
    assert host.observe("everleaf").meets(WANTED)


def test_an_address_that_nobody_adds_is_an_error_with_both_answers(host, windows) -> None:
    host.open("auto")
    windows.stack.refuse["CreateUnicastIpAddressEntry"] = [87]
    windows.answers = [Completed(1, "Falscher Parameter.\r\n", "")]
    with pytest.raises(HostError, match=r"address=200:1:2:3::4/7 store=active` said: Falscher Parameter\.") as caught:
        host.apply("everleaf", WANTED)
    assert "Windows said before: error 87" in caught.value.fix


def test_a_route_that_nobody_adds_is_a_problem_with_its_command_line_and_output(host, windows) -> None:
    host.open("auto")
    host.apply("everleaf", WANTED)
    windows.stack.routes.clear()
    windows.stack.refuse["CreateIpForwardEntry2"] = [31]
    windows.answers = [Completed(1, "", "Der angeforderte Vorgang ist fehlgeschlagen.")]
    problem = host.apply("everleaf", WANTED).problems[0]
    index = adapter(windows).index
    assert problem.what == "add route 200::/7"
    assert problem.command == (
        f"netsh interface ipv6 add route prefix=200::/7 interface={index} nexthop=:: metric=1 store=active"
    )
    assert (problem.output, problem.mended) == ("Der angeforderte Vorgang ist fehlgeschlagen.", False)
    assert problem.fix == "Windows said before: error 31: Windows sagt nein; see whether the command works by hand"


def test_a_small_mtu_that_ip_helper_refuses_is_set_by_netsh(host, windows) -> None:
    host.open("auto")
    windows.stack.refuse["SetIpInterfaceEntry"] = [87]
    applied = host.apply("everleaf", Wanted(OURS, 1400))
    assert applied.mtu == 1400
    assert windows.commands[0][-2:] == ("mtu=1400", "store=active")


def test_a_large_mtu_is_never_asked_of_netsh_which_refuses_it(host, windows) -> None:
    host.open("auto")
    adapter(windows).ip[IPV6]["mtu"] = 1500
    windows.stack.refuse["SetIpInterfaceEntry"] = [87]
    applied = host.apply("everleaf", WANTED)
    assert (applied.mtu, windows.commands) == (1500, [])
    assert [problem.what for problem in applied.problems] == ["set MTU 65535"]


def test_an_mtu_too_small_for_ipv6_is_an_error(host, windows) -> None:
    host.open("auto")
    adapter(windows).ip[IPV6]["mtu"] = 576
    windows.stack.refuse["SetIpInterfaceEntry"] = [87]
    with pytest.raises(HostError, match="cannot set MTU 65535 on 'everleaf'"):
        host.apply("everleaf", WANTED)


def test_an_mtu_that_only_ipv4_refuses_is_a_problem(host, windows) -> None:
    host.open("auto")
    windows.stack.refuse["SetIpInterfaceEntry"] = [0, 87]
    applied = host.apply("everleaf", WANTED)
    assert [problem.what for problem in applied.problems] == ["set MTU 65535 for IPv4"]


def test_an_unexpected_refusal_is_the_operators_to_know(host, windows) -> None:
    windows.stack.refuse["GetIfTable2"] = [8]
    with pytest.raises(HostError, match="Windows refused: GetIfTable2: error 8: Windows sagt nein"):
        host.observe("everleaf")


# --- going away ------------------------------------------------------------------------------------------------------


def test_withdraw_takes_the_address_and_the_route_and_leaves_the_administrators(host, windows) -> None:
    host.open("auto")
    host.apply("everleaf", WANTED)
    subnet = IPv6Address("300:1:2:3::1").packed
    windows.stack.put_address(adapter(windows).luid, subnet, 64)
    assert host.withdraw("everleaf") == ()
    observed = host.observe("everleaf")
    assert observed.addresses == {(subnet, 64)}
    assert not observed.routed


def test_withdraw_takes_a_route_that_stands_alone(host, windows) -> None:
    host.open("auto")
    windows.stack.put_route(adapter(windows).luid, MESH, 7)
    assert host.withdraw("everleaf") == ()
    assert windows.stack.routes == []


def test_withdraw_from_nothing_is_fine(host) -> None:
    assert host.withdraw("everleaf") == ()


def test_what_is_gone_already_is_withdrawn(host, windows) -> None:
    host.open("auto")
    host.apply("everleaf", WANTED)
    windows.stack.refuse["DeleteUnicastIpAddressEntry"] = [1168]
    windows.stack.refuse["DeleteIpForwardEntry2"] = [1168]
    assert host.withdraw("everleaf") == ()
    assert windows.commands == []


def test_a_route_that_stays_is_told_with_its_command_line(host, windows) -> None:
    host.open("auto")
    windows.stack.put_route(adapter(windows).luid, MESH, 7)
    windows.stack.refuse["DeleteIpForwardEntry2"] = [31]
    windows.answers = [Completed(1, "Nein.", "")]
    problem = host.withdraw("everleaf")[0]
    assert problem.command == (
        f"netsh interface ipv6 delete route prefix=200::/7 interface={adapter(windows).index} nexthop=:: store=active"
    )
    assert (problem.what, problem.output) == ("delete route 200::/7", "Nein.")


def test_after_a_crash_nothing_of_wintun_is_left_to_clean_up(host, windows) -> None:
    host.apply(host.open("auto").name, WANTED)
    windows.kill()
    assert host.cleanup("auto") == []
    assert windows.stack.addresses == []


def test_cleanup_takes_our_address_from_a_tap_adapter_that_outlived_us(host, windows) -> None:
    tap = windows.add_tap("Ethernet 7", "{AAAA}")
    host.apply(host.open("auto", Kind.TAP).name, Wanted(OURS, 1500))
    windows.kill()
    assert [each.luid for each in windows.stack.addresses] == [tap.adapter.luid]
    assert host.cleanup("auto") == ["Ethernet 7"]
    assert windows.stack.addresses == []
    assert host.cleanup("auto") == []


def test_cleanup_leaves_an_adapter_that_somebody_holds_open(host, windows) -> None:
    windows.add_tap("Ethernet 7", "{AAAA}")
    host.apply(host.open("auto").name, WANTED)
    host.apply(host.open("auto", Kind.TAP).name, Wanted(IPv6Address("200::9").packed, 1500))
    assert host.cleanup("auto") == []
    assert len(windows.stack.addresses) == 2
    assert host.open("auto").name == "everleaf1"  # the first still has its session


def test_cleanup_leaves_adapters_of_others_alone(host, windows) -> None:
    other = windows.stack.add("Yggdrasil", guid=bytes(16))
    windows.stack.put_address(other.luid, OURS, 7)
    assert host.cleanup("auto") == []
    assert host.cleanup("Yggdrasil") == []
    assert len(windows.stack.addresses) == 1


def test_cleanup_of_one_name_leaves_the_others(host, windows) -> None:
    first, second = windows.add_tap("One", "{AAAA}"), windows.add_tap("Two", "{BBBB}")
    for tap, text in ((first, "200::1"), (second, "200::2")):
        windows.stack.put_address(tap.adapter.luid, IPv6Address(text).packed, 7)
    assert host.cleanup("Two") == ["Two"]
    assert [each.luid for each in windows.stack.addresses] == [first.adapter.luid]


# --- ceilings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "ceiling"), [(Kind.TUN, 65535), (Kind.TAP, 1500)])
def test_the_ceiling_is_what_the_driver_carries_and_is_granted(host, windows, kind, ceiling) -> None:
    windows.add_tap("Ethernet 7", "{AAAA}")
    assert host.mtu_ceiling(kind) == ceiling
    device = host.open("auto", kind)
    assert host.apply(device.name, Wanted(OURS, ceiling)).mtu == ceiling
    assert host.apply(device.name, Wanted(OURS, ceiling + 1)).mtu == ceiling


def test_the_smallest_mtu_of_ipv6_is_granted(host) -> None:
    assert host.apply(host.open("auto").name, Wanted(OURS, 1280)).mtu == 1280


def test_addresses_never_expire(host, windows, monkeypatch) -> None:
    rows: list[bytes] = []
    answer = windows.stack.row
    monkeypatch.setattr(windows.stack, "row", lambda function, row: rows.append(row) or answer(function, row))
    host.apply(host.open("auto").name, WANTED)
    created = next(row for row in rows if len(row) == 80 and row[8:24] == OURS)
    assert created[52:60] == FOREVER.to_bytes(4, "little") * 2
