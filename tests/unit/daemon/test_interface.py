"""What the daemon makes of the configured interface on hosts that can do more or less."""

import pytest

from everleaf.address import address_of
from everleaf.config import InterfaceConfig
from everleaf.daemon.interface import judge_interface, open_interface
from everleaf.errors import ConfigError, HostError
from everleaf.host import Applied, Kind, Observed, Problem


class FakeDevice:
    name = "tap7"


class FakeHost:
    """Remembers what it was asked for."""

    def __init__(self, ceilings):
        self.ceilings = ceilings
        self.kept = ()
        self.seen = None
        self.asked = []

    def mtu_ceiling(self, kind):
        return self.ceilings[kind]

    def open(self, name, kind):
        self.asked.append(("open", name, kind))
        return FakeDevice()

    def observe(self, name):
        assert name == "tap7"
        if isinstance(self.seen, Exception):
            raise self.seen
        return self.seen

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


OURS, SUBNET = (address_of(bytes(32)), 7), (bytes.fromhex("0311") + bytes(14), 64)
FORMER = (bytes.fromhex("0222") + bytes(14), 7)


@pytest.mark.parametrize(
    ("addresses", "withdrawn"),
    [([], True), ([FORMER], True), ([OURS, FORMER], True), ([OURS], False), ([OURS, SUBNET], False)],
)
def test_only_a_device_with_our_address_alone_is_left_as_it_was_prepared(addresses, withdrawn):
    """A node that may not configure it must not report for ever that it may not undo that either."""
    host = FakeHost(BOTH)
    host.seen = Observed(up=True, mtu=65521, addresses=frozenset(addresses), routed=True)
    open_interface(host, "node.toml", InterfaceConfig("tap", "tap7"), bytes(32))
    assert (("withdraw", "tap7") in host.asked) is withdrawn


def test_facts_are_what_the_system_shows():
    host = FakeHost(BOTH)
    interface = open_interface(host, "node.toml", InterfaceConfig("tap", "tap7", 1400), bytes(32))
    host.seen = Observed(up=False, mtu=1300, addresses=frozenset({OURS}), routed=False)
    facts = interface.facts(is_open=True)
    assert (facts.open, facts.up, facts.addressed, facts.routed) == (True, False, True, False)
    assert (facts.mtu, facts.wanted_mtu) == (1300, 1400)
    host.seen = None
    assert not interface.facts(is_open=True).open
    assert not interface.facts(is_open=False).open


def test_facts_that_the_system_does_not_show_are_a_problem_and_no_failure():
    host = FakeHost(BOTH)
    interface = open_interface(host, "node.toml", InterfaceConfig("tap", "tap7"), bytes(32))
    host.seen = HostError("netlink failed", fix="let it")
    facts = interface.facts(is_open=True)
    assert (facts.open, facts.up, facts.addressed, facts.routed, facts.mtu) == (True, True, True, True, 65521)
    assert [(problem.output, problem.fix) for problem in facts.problems] == [("netlink failed", "let it")]


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


class Judging(FakeHost):
    def judge_name(self, name):
        raise HostError(f"{name} is none", fix="another")


def test_name_that_the_host_knows_to_be_none_is_refused_before_anything_is_opened():
    host = Judging(BOTH)
    with pytest.raises(ConfigError) as caught:
        open_interface(host, "node.toml", InterfaceConfig("tun", "a b"), bytes(32))
    assert str(caught.value) == "node.toml: interface.name: a b is none; another"
    assert not host.asked
    assert judge_interface(host, "node.toml", InterfaceConfig("none", "a b")) == 65535
    assert judge_interface(host, "node.toml", InterfaceConfig("tun", "auto")) == 65535
