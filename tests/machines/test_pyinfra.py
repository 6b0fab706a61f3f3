"""pyinfra takes machines with real init systems from bare to a mesh, through changes, and back to bare."""

from __future__ import annotations

import re

import pytest

from everleaf import __version__
from machines.fleet import HUB, KEY_FILE, NAMES, PROGRAM, SUDO, Fleet

pytestmark = pytest.mark.frozen

EVERYBODY = sorted(NAMES)
PROGRAM_STEPS = {"way back", "program", "service", "lock of the program"}
CONFIGURATION_STEPS = {"way back", "configuration", "service"}


@pytest.fixture(scope="module")
def fleet(site, tmp_path_factory):
    """Five machines that have been deployed, and what the deploy changed."""
    fleet = Fleet(site, tmp_path_factory.mktemp("fleet"))
    fleet.boot()
    fleet.first = fleet.deployed("install")
    return fleet


@pytest.fixture
def other_program(fleet, tmp_path):
    """`other_program(content)`: that is the program to install, until the test is over."""

    def use(content):
        fleet.program = tmp_path / "everleaf"
        fleet.program.write_bytes(content)
        fleet.program.chmod(0o755)

    yield use
    fleet.program = PROGRAM


def test_bare_machines_become_a_mesh_and_a_second_run_changes_nothing(fleet):
    for step in ("account", "directories", "program", "identity", "configuration", "names", "service files", "service"):
        assert fleet.first[step] == EVERYBODY, step
    assert fleet.deployed("install") == {}
    fleet.awaited()
    assert {name: fleet.status(name)["key"] for name in NAMES} == fleet.keys


def test_node_that_is_killed_and_machine_that_reboots_come_back_by_themselves(fleet):
    keys = fleet.keys
    fleet.everywhere("kill -9 $(cat /run/everleaf/node.pid)")
    fleet.awaited()
    fleet.restarted()
    fleet.awaited()
    assert {name: fleet.status(name)["key"] for name in NAMES} == keys
    assert fleet.deployed("install") == {}


def test_new_mtu_takes_a_restart_and_a_new_log_level_does_not(fleet):
    fleet.wants(mtu="1400")
    changed = fleet.deployed("install")
    assert changed.keys() == CONFIGURATION_STEPS
    assert changed["service"] == EVERYBODY
    assert [fleet.status(name)["interface"]["mtu"] for name in NAMES] == [1400] * len(NAMES)
    started = fleet.pids()
    fleet.wants(mtu="1400", level="debug")
    assert fleet.deployed("configure").keys() == CONFIGURATION_STEPS
    assert fleet.pids() == started
    assert fleet.deployed("install") == {}
    fleet.awaited()


def test_overlay_is_the_way_to_a_host_and_the_underlay_where_it_is_not(fleet):
    fleet.awaited()
    look = "exec -- ss -Htn sport = :22"  # with whom its SSH server talks, and by which address
    lock, target = fleet.lock, f"@overlay/{SUDO}"
    inside = fleet.pyinfra(look, targets=target, via=fleet.site.machines[HUB].host)
    assert re.search(rf"\[{lock[SUDO].address}\]:22 +\[{lock[HUB].address}\]", inside.stderr)
    outside = fleet.pyinfra(look, targets=target)
    assert f"no answer at {lock[SUDO].address}" in outside.stderr
    assert re.search(rf"{fleet.site.machines[SUDO].address}\]?:22 ", outside.stderr)


def test_upgrade_goes_to_another_version_and_rollback_returns(fleet, other_program):
    other_program(PROGRAM.read_bytes() + b"another version")
    fleet.wants(version="9.9")
    assert fleet.deployed("upgrade").keys() == PROGRAM_STEPS | {"new program"}
    assert set(fleet.used().values()) == {"9.9"}
    assert fleet.versions == {"9.9"}
    fleet.awaited()
    assert fleet.deployed("rollback").keys() == PROGRAM_STEPS
    assert fleet.versions == {__version__}


def test_version_that_does_not_run_is_left_by_every_host_itself(fleet, other_program):
    other_program(b"#!/bin/sh\ntest $1 != run || exit 1\n")
    fleet.wants(version="9.8", within="2s")
    assert fleet.pyinfra("everleaf_fleet.deploys.upgrade").returncode != 0
    fleet.wants()
    assert set(fleet.used().values()) == {__version__}
    fleet.awaited()
    assert fleet.versions == {__version__}


def test_key_is_nowhere_but_in_its_file(fleet):
    fleet.wants(level="warning")
    done = fleet.pyinfra("everleaf_fleet.deploys.install", "-vvv", "--diff", "--debug", "--json")
    assert done.returncode == 0
    assert fleet.leaks(done.stdout, done.stderr) == []


def test_uninstall_leaves_the_key_alone_and_purge_nothing(fleet):
    keys = fleet.keys
    fleet.deployed("uninstall")
    assert fleet.deployed("uninstall") == {}
    assert [fleet.ours(name) for name in NAMES] == [["/var/lib/everleaf", KEY_FILE]] * len(NAMES)
    said = fleet.everywhere("cat /etc/passwd /etc/group /etc/hosts; ps -e")
    assert not [name for name, text in said.items() if "everleaf" in text]
    fleet.deployed("install")
    assert fleet.keys == keys
    fleet.deployed("purge")
    assert [fleet.ours(name) for name in NAMES] == [[]] * len(NAMES)
    assert fleet.lock == {}
