"""Golden command lines: what each system's own programs are asked, word by word."""

from ipaddress import IPv6Address

import pytest

from everleaf.host.commands import LINES, Commands

OWN = IPv6Address("200:1::1").packed
SYSTEMS = sorted(LINES)
BSDS = [system for system in SYSTEMS if system != "windows"]
DESTROYING = ["dragonfly", "freebsd", "netbsd", "openbsd"]
CREATING = ["dragonfly", "freebsd"]
INTERFACE = {"darwin": "utun5", "windows": "12"}

GOLDEN = {
    "freebsd": {
        "add_route": "route -q -n add -inet6 200::/7 -iface tun0",
        "delete_route": "route -q -n delete -inet6 200::/7 -iface tun0",
        "change_route": "route -q -n change -inet6 200::/7 -iface tun0",
        "find_route": "route -n get -inet6 200:1::1",
        "add_address": "ifconfig tun0 inet6 200:1::1/7 no_dad",
        "delete_address": "ifconfig tun0 inet6 200:1::1/7 -alias",
        "set_mtu": "ifconfig tun0 mtu 1400",
        "set_up": "ifconfig tun0 up",
        "create": "ifconfig tun0 create",
        "enable_ipv6": "ifconfig tun0 inet6 -ifdisabled -auto_linklocal no_dad",
        "destroy": "ifconfig tun0 destroy",
    },
    "dragonfly": {
        "add_route": "route -q -n add -inet6 200::/7 -iface tun0",
        "delete_route": "route -q -n delete -inet6 200::/7 -iface tun0",
        "change_route": "route -q -n change -inet6 200::/7 -iface tun0",
        "find_route": "route -n get -inet6 200:1::1",
        "add_address": "ifconfig tun0 inet6 200:1::1/7",
        "delete_address": "ifconfig tun0 inet6 200:1::1/7 -alias",
        "set_mtu": "ifconfig tun0 mtu 1400",
        "set_up": "ifconfig tun0 up",
        "create": "ifconfig tun0 create",
        "destroy": "ifconfig tun0 destroy",
    },
    "darwin": {
        "add_route": "route -q -n add -inet6 200::/7 -iface utun5",
        "delete_route": "route -q -n delete -inet6 200::/7 -iface utun5",
        "change_route": "route -q -n change -inet6 200::/7 -iface utun5",
        "find_route": "route -n get -inet6 200:1::1",
        "add_address": "ifconfig utun5 inet6 200:1::1/7",
        "delete_address": "ifconfig utun5 inet6 200:1::1 -alias",
        "set_mtu": "ifconfig utun5 mtu 1400",
        "set_up": "ifconfig utun5 up",
    },
    "netbsd": {
        "add_route": "route -q -n add -inet6 200::/7 200:1::1",
        "delete_route": "route -q -n delete -inet6 200::/7 200:1::1",
        "change_route": "route -q -n change -inet6 200::/7 200:1::1",
        "find_route": "route -n get -inet6 200:1::1",
        "add_address": "ifconfig tun0 inet6 200:1::1/7 alias",
        "delete_address": "ifconfig tun0 inet6 200:1::1 -alias",
        "set_mtu": "ifconfig tun0 mtu 1400",
        "set_up": "ifconfig tun0 up",
        "destroy": "ifconfig tun0 destroy",
    },
    "openbsd": {
        "add_route": "route -q -n add -inet6 200::/7 -iface 200:1::1",
        "delete_route": "route -q -n delete -inet6 200::/7 -iface 200:1::1",
        "change_route": "route -q -n change -inet6 200::/7 -iface 200:1::1",
        "find_route": "route -n get -inet6 200:1::1",
        "add_address": "ifconfig tun0 inet6 200:1::1/7",
        "delete_address": "ifconfig tun0 inet6 200:1::1/7 delete",
        "set_mtu": "ifconfig tun0 mtu 1400",
        "set_up": "ifconfig tun0 up",
        "destroy": "ifconfig tun0 destroy",
    },
    "windows": {
        "add_route": "netsh interface ipv6 add route prefix=200::/7 interface=12 nexthop=:: metric=1 store=active",
        "delete_route": "netsh interface ipv6 delete route prefix=200::/7 interface=12 nexthop=:: store=active",
        "add_address": "netsh interface ipv6 add address interface=12 address=200:1::1/7 store=active",
        "delete_address": "netsh interface ipv6 delete address interface=12 address=200:1::1 store=active",
        "set_mtu": "netsh interface ipv6 set subinterface interface=12 mtu=1400 store=active",
    },
}


def lines(system, interface=None, address=OWN, length=7):
    """Every command line of a system, by what it is for."""
    commands, interface = Commands(system), interface or INTERFACE.get(system, "tun0")
    made = {
        "add_route": commands.add_route(interface, address, length),
        "delete_route": commands.delete_route(interface, address, length),
        "add_address": commands.add_address(interface, address, length),
        "delete_address": commands.delete_address(interface, address, length),
        "set_mtu": commands.set_mtu(interface, 1400),
    }
    if system in BSDS:
        made["change_route"] = commands.change_route(interface, address, length)
        made["find_route"] = commands.find_route(address)
        made["set_up"] = commands.set_up(interface)
    if system in DESTROYING:
        made["destroy"] = commands.destroy(interface)
    if system in CREATING:
        made["create"] = commands.create(interface)
    if system == "freebsd":
        made["enable_ipv6"] = commands.enable_ipv6(interface)
    return made


@pytest.mark.parametrize("system", SYSTEMS)
def test_lines_are_the_golden_ones(system):
    assert {what: " ".join(line) for what, line in lines(system).items()} == GOLDEN[system]


@pytest.mark.parametrize("system", SYSTEMS)
def test_lines_spell_delete_out(system):
    """NetBSD's and macOS's route(8) do not know `del`."""
    assert not [line for line in lines(system).values() if "del" in line]
    assert "delete" in lines(system)["delete_route"]


@pytest.mark.parametrize("system", BSDS)
def test_route_lines_name_the_family_and_never_ask_a_resolver(system):
    for what, line in lines(system).items():
        if line[0] == "route":
            assert {"-n", "-inet6"} <= set(line), what
        assert line[0] == "route" or "address" not in what or line[2] == "inet6"


@pytest.mark.parametrize("system", ["netbsd", "openbsd"])
def test_route_lines_give_an_address_where_these_systems_read_one(system):
    """After -iface their route(8) reads an address: a name of an interface fails to resolve."""
    for what, line in lines(system).items():
        if line[0] == "route":
            assert "tun0" not in line, what
            assert line[-1] == "200:1::1", what


@pytest.mark.parametrize("system", ["freebsd", "dragonfly", "darwin"])
def test_route_lines_give_an_interface_where_these_systems_read_one(system):
    for what in ("add_route", "delete_route", "change_route"):
        assert lines(system)[what][-2:] == ("-iface", INTERFACE.get(system, "tun0"))


@pytest.mark.parametrize("system", BSDS)
def test_lines_name_an_interface_never_its_node(system):
    assert lines(system, "/dev/tun0") == lines(system, "tun0")


@pytest.mark.parametrize("system", SYSTEMS)
def test_route_lines_clear_the_host_bits_of_the_prefix(system):
    """A prefix that ends inside a byte, of an address with every bit behind it set."""
    line = " ".join(lines(system, address=IPv6Address("3ff:ffff::ffff").packed, length=7)["add_route"])
    assert "200::/7" in line
    line = " ".join(lines(system, address=IPv6Address("3ff:ffff::ffff").packed, length=9)["add_route"])
    assert "380::/9" in line


@pytest.mark.parametrize("system", SYSTEMS)
def test_lines_need_no_shell(system):
    """No word holds what only a shell reads, and a name with blanks stays one word."""
    for line in lines(system).values():
        assert line[0] in {"route", "ifconfig", "netsh"}
        assert all(word and not set(word) & set("|&;<>$`\"'\\*? ") for word in line)
    assert len(lines(system, "tun 0; reboot")["set_mtu"]) == len(lines(system)["set_mtu"])


@pytest.mark.parametrize("system", sorted(set(SYSTEMS) - set(DESTROYING)))
def test_destroy_is_our_mistake_where_a_device_goes_with_its_handle(system):
    with pytest.raises(KeyError):
        Commands(system).destroy("utun5")
