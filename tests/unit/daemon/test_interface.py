"""What the daemon makes of the configured interface on hosts that can do more or less."""

import pytest

from everleaf.config import InterfaceConfig
from everleaf.daemon.interface import judge_interface, open_interface
from everleaf.errors import ConfigError
from everleaf.host import Applied, Kind, Problem


class FakeDevice:
    name = "tap7"


class FakeHost:
    """Remembers what it was asked for."""

    def __init__(self, ceilings):
        self.ceilings = ceilings
        self.kept = ()
        self.asked = []

    def mtu_ceiling(self, kind):
        return self.ceilings[kind]

    def open(self, name, kind):
        self.asked.append(("open", name, kind))
        return FakeDevice()

    def withdraw(self, name):
        self.asked.append(("withdraw", name))
        return self.kept

    def apply(self, name, wanted):
        self.asked.append(("apply", name, wanted.mtu))
        return Applied(wanted.mtu)


BOTH = {Kind.TUN: 65535, Kind.TAP: 65521}
NO_TAP = {Kind.TUN: 65535, Kind.TAP: 0}


@pytest.mark.parametrize(("kind", "mtu"), [("tun", 65535), ("tap", 65521), ("none", 65535)])
def test_auto_is_the_ceiling_of_the_kind(kind, mtu):
    assert judge_interface(FakeHost(BOTH), "node.toml", InterfaceConfig(kind)) == mtu


def test_tap_is_opened_as_one():
    host = FakeHost(BOTH)
    interface = open_interface(host, "node.toml", InterfaceConfig("tap", "tap7"), bytes(32))
    assert (interface.name, interface.mtu) == ("tap7", 65521)
    assert host.asked == [("open", "tap7", Kind.TAP), ("withdraw", "tap7"), ("apply", "tap7", 65521)]


def test_what_the_system_keeps_of_a_former_node_is_a_problem_of_ours():
    host = FakeHost(BOTH)
    host.kept = (Problem("delete route 200::/7", "route -q -n delete -inet6 200::/7 200::1", "route: botched keyword"),)
    assert open_interface(host, "node.toml", InterfaceConfig("tap", "tap7"), bytes(32)).problems == host.kept


@pytest.mark.parametrize("mtu", ["auto", 1400])
def test_tap_where_there_is_none_is_refused_before_anything_is_opened(mtu):
    host = FakeHost(NO_TAP)
    with pytest.raises(ConfigError, match=r'interface\.kind: this system has no TAP devices; use "tun"'):
        open_interface(host, "node.toml", InterfaceConfig("tap", "auto", mtu), bytes(32))
    assert host.asked == []


def test_more_than_the_ceiling_of_the_kind_is_refused():
    wanted = InterfaceConfig("tap", "auto", 65522)
    with pytest.raises(ConfigError, match=r"interface\.mtu: 65522 is more than this system's ceiling of 65521"):
        judge_interface(FakeHost(BOTH), "node.toml", wanted)
    assert judge_interface(FakeHost(BOTH), "node.toml", InterfaceConfig("tun", "auto", 65522)) == 65522
