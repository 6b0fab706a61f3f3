"""What is rendered for a host is put on one and used there, by the command lines that deploys use."""

from __future__ import annotations

import pytest

from everleaf.platform import manager, platform
from everleaf.platform.service import service
from services.host import BAD, GOOD, PAIRS, hosts, until
from services.inits import INITS
from services.machine import Machine

CAPABILITIES = 1 << 12 | 1 << 10  # CAP_NET_ADMIN and CAP_NET_BIND_SERVICE of linux/capability.h

pytestmark = pytest.mark.slow


@hosts(PAIRS)
def test_a_service_lives_from_start_to_stop(host):
    assert not host.ask("running")
    first = host.start()
    until(lambda: host.ask("running"), "it is known to run")
    assert host.journal("run") == [int(host.machine.run(f"id -u {host.home.user}"))]
    assert f"TMPDIR={host.home.cache}" in host.facts("environ").splitlines()
    unpacked = host.unpacked()
    host.tell("reload")
    assert host.unpacked() == unpacked != []
    if host.made.manager != "procd":  # which looks whether it has changed
        until(lambda: host.journal("reloaded"), "it has read its configuration")
    host.tell("restart")
    until(lambda: host.pid not in (0, first), "another one runs")
    host.tell("stop")
    until(lambda: not host.pid, "it has ended")
    assert not host.ask("running")
    assert len(host.journal("stopped")) == 2  # each in its own time, not killed
    assert not host.unpacked()


@hosts(PAIRS)
def test_a_bad_configuration_starts_nothing_and_ends_nothing(host):
    host.configure(BAD)
    host.tell("enable")
    assert not host.ask("start")
    until(lambda: not host.ask("running"), "it is given up")  # runit tries again, and it runs while it judges
    assert not host.journal("run")
    host.configure(GOOD)
    first = host.start()
    host.configure(BAD)
    assert not host.ask("restart")
    assert not host.ask("reload")
    assert host.pid == first
    assert host.journal("refused") == host.journal("stopped") == []


@hosts(PAIRS)
def test_a_killed_node_leaves_nothing_to_the_next(host):
    host.start()
    left = host.unpacked()
    killed = host.kill()
    if INITS[host.made.manager].respawns:
        until(lambda: host.pid not in (0, killed), "it has come back by itself")
    else:
        assert not host.ask("running")
        host.start()
    assert not set(left) & set(host.unpacked())
    until(lambda: host.ask("running"), "it is known to run")


@hosts([pair for pair in PAIRS if pair[1] != "pidfile"])
def test_a_service_is_enabled_and_disabled(host):
    if host.made.manager == "launchd":  # to which a job is enabled unless it hears otherwise
        host.tell("disable")
    assert not host.ask("enabled")
    host.tell("enable")
    assert host.ask("enabled")
    host.tell("enable")  # twice is harmless
    assert host.ask("enabled")
    host.tell("disable")
    assert not host.ask("enabled")


@hosts([pair for pair in PAIRS if pair[0] == "debian"])
def test_a_node_has_two_capabilities_and_gets_no_others(host):
    host.start()
    status = dict(line.split(":\t", 1) for line in host.facts("status").splitlines())
    for kind in ("CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == CAPABILITIES, kind
    assert status["NoNewPrivs"] == "1"


@hosts([pair for pair in PAIRS if pair[1] in ("sysvinit", "pidfile")])
def test_a_node_that_is_refused_is_not_tried_again(host):
    host.start()
    host.configure(BAD)
    host.kill()
    keeper = f"{host.home.runtime}/keeper.pid"
    until(lambda: not host.machine.exists(keeper), "the keeper has given up")
    assert not host.ask("running")


@hosts([pair for pair in PAIRS if pair[1] in ("sysvinit", "pidfile")])
def test_a_node_outlives_its_keeper_and_is_stopped_all_the_same(host):
    host.start()
    host.machine.run(f"kill -9 $(cat {host.home.runtime}/keeper.pid)")
    assert host.ask("running")
    host.tell("stop")
    assert not host.ask("running")
    assert host.journal("stopped")


@pytest.mark.root
@pytest.mark.parametrize("name", ["debian", "alpine"])
def test_an_account_is_made_and_unmade(name, tmp_path):
    home = platform(name)
    step = service(home, manager(home.manager)).account
    with Machine.running(tmp_path) as machine:
        INITS["pidfile"].install(machine, name)
        assert machine.attempt(step.check).returncode
        machine.run(step.make)
        machine.run(step.check)
        user, group = machine.run(f"id -un {home.user}; id -gn {home.user}").split()
        assert (user, group) == (home.user, home.group)
        assert int(machine.run(f"id -u {home.user}")) < 1000  # of the system
        machine.run(step.unmake)
        assert machine.attempt(step.check).returncode
        machine.run(step.make)  # also a group that is left
