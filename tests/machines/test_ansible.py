"""Ansible takes machines with real init systems from bare to a mesh, through changes, and back to bare."""

from __future__ import annotations

import json

import pytest

from everleaf import __version__
from everleaf_fleet import cli
from fleet.controller import Controller, built, changes
from machines.fleet import KEY_FILE, NAMES, PROGRAM, Fleet

pytestmark = pytest.mark.frozen

ALL = set(NAMES)
FRESH = {  # what a bare machine takes; on none of these /dev/net/tun is missing
    "Account", "Directories", "Program", "Program in use", "Identity", "Lock of the key", "Configuration", "Names",
    "Service files", "Service at boot", "Service", "Lock of the program",
}  # fmt: skip


@pytest.fixture(scope="module")
def fleet(site, tmp_path_factory):
    """Five machines, foreseen and then deployed."""
    fleet = Fleet(site, tmp_path_factory.mktemp("fleet"))
    fleet.boot()
    controller = Controller(fleet.directory, built(tmp_path_factory.mktemp("built")), site.controller.inside())
    fleet.changed, fleet.play = controller.changed, controller.play
    (fleet.directory / "dist").mkdir()
    program(fleet, __version__, PROGRAM.read_bytes())
    fleet.foreseen = fleet.changed("site", "--check", "--diff")
    fleet.untouched = [fleet.ours(name) for name in NAMES]
    fleet.first = controller.play("site", "-vvv", "--diff")
    return fleet


def program(fleet, version, content):
    """Put a version into the fleet's channel."""
    path = fleet.directory / "dist" / f"everleaf-{version}"
    path.write_bytes(content)
    path.chmod(0o755)


def test_check_mode_tells_of_bare_machines_what_the_first_run_then_does(fleet):
    assert fleet.untouched == [[]] * len(NAMES)
    assert fleet.first.returncode == 0, fleet.first.stdout[-6000:]
    done = changes(fleet.first.stdout)
    assert {task for task, hosts in done.items() if hosts == ALL} == FRESH
    waiting = fleet.foreseen.pop("Configuration that waits for keys")
    assert waiting | fleet.foreseen.pop("Configuration", set()) == ALL
    assert fleet.foreseen == {task: hosts for task, hosts in done.items() if task != "Configuration"}


def test_machines_are_a_mesh_then_and_a_second_run_changes_nothing(fleet):
    assert fleet.changed("site") == {}
    assert fleet.changed("site", "--check") == {}
    fleet.awaited()
    for name in NAMES:
        assert fleet.status(name)["key"] == fleet.lock[name].public_key


def test_files_on_the_machines_are_those_of_everleaf_fleet(fleet, capsys):
    for name in NAMES:
        assert cli.main(["render", name, "--fleet", str(fleet.file), "--json"]) == 0
        rendered = json.loads(capsys.readouterr().out)
        for file in rendered["files"]:
            assert fleet.run(name, f"sudo cat {file['path']}") == file["content"], file["path"]
            told = fleet.run(name, f"sudo stat -c '%#a %U %G' {file['path']}").split()
            assert told == [file["mode"], file["owner"], file["group"]], file["path"]
        assert fleet.run(name, "cat /etc/hosts").endswith(rendered["names"])


def test_no_key_is_seen_anywhere_but_in_its_file(fleet):
    secrets = fleet.secrets()
    for text in [fleet.first.stdout.encode(), fleet.first.stderr.encode(), *fleet.left()]:
        assert not [secret for secret in secrets if secret in text]


def test_log_level_is_changed_without_a_restart_and_the_mtu_by_one(fleet):
    changed = {"Configuration": ALL, "Service": ALL}
    pids = {name: fleet.run(name, "cat /run/everleaf/node.pid") for name in NAMES}
    tags = ("--tags", "configure,run")
    fleet.wants(level="debug")
    assert fleet.changed("site", *tags) == changed
    assert {name: fleet.run(name, "cat /run/everleaf/node.pid") for name in NAMES} == pids
    fleet.wants(mtu="1400")
    assert fleet.changed("site", "--check", *tags) == changed
    assert [fleet.status(name)["interface"]["mtu"] == 1400 for name in NAMES] == [False] * len(NAMES)
    assert fleet.changed("site", *tags) == changed
    assert [fleet.status(name)["interface"]["mtu"] for name in NAMES] == [1400] * len(NAMES)


def test_version_that_does_not_run_is_left_again_and_reaches_no_second_machine(fleet):
    program(fleet, "9.8", b'#!/bin/sh\ntest "$1" != run\n')
    fleet.wants(version="9.8", mtu="1400", within="2s")
    done = fleet.play("upgrade")
    assert done.returncode != 0
    assert "the host is back to what it ran before" in done.stdout
    assert len(changes(done.stdout)["Program in use"]) == 1
    for name in NAMES:
        assert used(fleet, name) == __version__
    fleet.awaited()
    assert {told.version for told in fleet.lock.values()} == {__version__}


def test_upgrade_goes_over_all_machines_in_batches(fleet):
    program(fleet, "9.9", PROGRAM.read_bytes() + b"another version")
    fleet.wants(version="9.9", mtu="1400")
    done = fleet.play("upgrade")
    assert done.returncode == 0, done.stdout[-6000:]
    assert done.stdout.count("TASK [everleaf.overlay.everleaf_node : Program in use]") > 2
    assert {used(fleet, name) for name in NAMES} == {"9.9"}
    assert {told.version for told in fleet.lock.values()} == {"9.9"}
    fleet.awaited()


def used(fleet, name):
    return fleet.run(name, "readlink /usr/local/bin/everleaf").strip().removeprefix("/usr/local/lib/everleaf/everleaf-")


def test_removal_leaves_the_key_alone_and_purge_nothing(fleet):
    told = fleet.lock
    assert fleet.changed("remove", "--check").keys() == fleet.changed("remove").keys()
    assert fleet.changed("remove") == {}
    for name in NAMES:
        assert fleet.ours(name) == ["/var/lib/everleaf", KEY_FILE]
        assert "everleaf" not in fleet.run(name, "cat /etc/passwd /etc/group /etc/hosts; ps -e")
    assert fleet.lock == told
    fleet.changed("remove", "-e", "everleaf_removal_purge=true")
    assert [fleet.ours(name) for name in NAMES] == [[]] * len(NAMES)
    assert fleet.lock == {}
