"""Ansible takes machines with real init systems from bare to a mesh, through changes, and back to bare."""

from __future__ import annotations

import json
import subprocess

import pytest

from everleaf import __version__
from everleaf_fleet import cli
from fleet.controller import Controller, built, changes, differences
from interop.net import wait_until
from machines.fleet import HUB, KEY_FILE, NAMES, NEVER_LINKS, PROGRAM, VERSIONS, Fleet

pytestmark = pytest.mark.frozen

ALL = set(NAMES)
FRESH = {  # what a bare machine takes; on none of these /dev/net/tun is missing
    "Account", "Directories", "Program", "Program in use", "Identity", "Lock of the key", "Configuration", "Names",
    "Service files", "Service at boot", "Service", "Lock of the program", "Way back",
}  # fmt: skip
RECONFIGURED = {"Way back": ALL, "Configuration": ALL, "Service": ALL}
SWITCHED = {"Way back": ALL, "Program in use": ALL, "Service": ALL, "Lock of the program": ALL}


class Played(Fleet):
    """The fleet as Ansible's command line sees it."""

    def __init__(self, site, directory, collections):
        super().__init__(site, directory)
        self.controller = Controller(directory, collections, site.controller.inside())
        self.play, self.changed = self.controller.play, self.controller.changed
        (directory / "dist").mkdir()
        self.offers(__version__, PROGRAM.read_bytes())

    def offers(self, version, content):
        """Put a version into the channel."""
        path = self.directory / "dist" / f"everleaf-{version}"
        path.write_bytes(content)
        path.chmod(0o755)

    def waiting(self):
        """The machines on which a change is neither confirmed nor taken back."""
        said = self.everywhere(f"if test -e {VERSIONS}/unconfirmed; then echo yes; fi")
        return {name for name, word in said.items() if word}


@pytest.fixture(scope="module")
def fleet(site, tmp_path_factory):
    """Five machines, foreseen and then deployed."""
    fleet = Played(site, tmp_path_factory.mktemp("fleet"), built(tmp_path_factory.mktemp("built")))
    fleet.boot()
    fleet.foreseen = fleet.play("site", "--check", "--diff")
    fleet.untouched = [fleet.ours(name) for name in NAMES]
    fleet.first = fleet.play("site", "-vvv", "--diff")
    return fleet


def test_check_mode_tells_of_bare_machines_what_the_first_run_then_does(fleet):
    assert (fleet.foreseen.returncode, fleet.first.returncode) == (0, 0), fleet.first.stdout[-6000:]
    assert fleet.untouched == [[]] * len(NAMES)
    foreseen, done = changes(fleet.foreseen.stdout), changes(fleet.first.stdout)
    assert {task for task, hosts in done.items() if hosts == ALL} == FRESH
    assert foreseen.pop("Configuration that waits for keys") | foreseen.pop("Configuration", set()) == ALL
    assert foreseen == {task: hosts for task, hosts in done.items() if task != "Configuration"}
    shown, made = (differences(run.stdout)["Service files"] for run in (fleet.foreseen, fleet.first))
    assert shown == made
    assert any("ExecStart=" in line for line in shown)


def test_machines_are_a_mesh_then_and_a_second_run_changes_nothing(fleet):
    assert fleet.changed("site") == {}
    assert fleet.changed("site", "--check") == {}
    fleet.awaited()
    assert {name: fleet.status(name)["key"] for name in NAMES} == fleet.keys


def test_files_on_the_machines_are_those_of_everleaf_fleet_and_pyinfra_has_nothing_to_do(fleet, capsys):
    for name in NAMES:
        assert cli.main(["render", name, "--fleet", str(fleet.file), "--json"]) == 0
        rendered = json.loads(capsys.readouterr().out)
        for file in rendered["files"]:
            assert fleet.run(name, f"sudo cat {file['path']}") == file["content"], file["path"]
            told = fleet.run(name, f"sudo stat -c '%#a %U %G' {file['path']}").split()
            assert told == [file["mode"], file["owner"], file["group"]], file["path"]
        assert fleet.run(name, "cat /etc/hosts").endswith(rendered["names"])
    assert fleet.deployed("install") == {}


def test_no_key_is_seen_anywhere_but_in_its_file(fleet):
    assert fleet.leaks(fleet.first.stdout, fleet.first.stderr) == []


def test_key_that_is_shown_or_left_would_be_seen(fleet):
    shown = fleet.controller.run("", HUB, "-m", "ansible.builtin.slurp", "-a", f"src={KEY_FILE}")
    assert fleet.leaks(shown.stdout) != []
    fleet.run(HUB, f"install -m 600 {KEY_FILE} /tmp/copy")
    assert fleet.leaks() != []
    fleet.run(HUB, "rm /tmp/copy")


def test_node_that_is_killed_and_machine_that_reboots_come_back_by_themselves(fleet):
    keys = fleet.keys
    fleet.everywhere("kill -9 $(cat /run/everleaf/node.pid)")
    fleet.awaited()
    fleet.restarted()
    fleet.awaited()
    assert {name: fleet.status(name)["key"] for name in NAMES} == keys
    assert fleet.changed("site") == {}


def test_log_level_is_changed_without_a_restart_and_the_mtu_by_one(fleet):
    before, tags = fleet.pids(), ("--tags", "configure")
    fleet.wants(level="debug")
    assert fleet.changed("site", *tags) == RECONFIGURED
    assert fleet.pids() == before
    fleet.wants(mtu="1400")
    foreseen = fleet.play("site", "--check", "--diff", *tags)
    assert {fleet.status(name)["interface"]["mtu"] for name in NAMES} != {1400}
    done = fleet.play("site", "--diff", *tags)
    assert changes(foreseen.stdout) == changes(done.stdout) == RECONFIGURED
    assert differences(foreseen.stdout) == differences(done.stdout)
    assert "+mtu = 1400" in differences(done.stdout)["Configuration"]
    assert {fleet.status(name)["interface"]["mtu"] for name in NAMES} == {1400}


def test_version_that_does_not_run_goes_back_on_its_machine_alone_and_reaches_no_second_one(fleet):
    before = fleet.pids()
    fleet.offers("9.8", b'#!/bin/sh\ntest "$1" != run\n')
    fleet.wants(version="9.8", within="2s")
    done = fleet.play("upgrade")
    assert done.returncode != 0
    assert "the host is back to what it ran before" in done.stdout
    [touched] = changes(done.stdout)["Program in use"]
    assert {name for name, pid in fleet.pids().items() if pid != before[name]} == {touched}
    assert set(fleet.used().values()) == {__version__}
    assert fleet.waiting() == set()
    fleet.awaited()
    assert fleet.versions == {__version__}


def test_machine_returns_by_itself_when_the_controller_is_killed(fleet):
    fleet.offers("9.7", NEVER_LINKS.encode())
    fleet.wants(version="9.7", within="10s", slack="2s")
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = fleet.controller.words("playbook", "everleaf.overlay.upgrade")
    with subprocess.Popen(command, start_new_session=True, **quiet) as controller:
        wait_until(lambda: "9.7" in fleet.used().values(), "a machine has the bad version", 120)
        controller.kill()
    [touched] = fleet.waiting()
    assert {name for name, version in fleet.used().items() if version == "9.7"} == {touched}
    wait_until(lambda: not fleet.waiting(), f"{touched} has returned", 40)
    assert set(fleet.used().values()) == {__version__}
    fleet.awaited()
    assert fleet.versions == {__version__}


def test_upgrade_goes_over_all_machines_in_batches_and_back_again(fleet):
    fleet.offers("9.9", PROGRAM.read_bytes() + b"another version")
    fleet.wants(version="9.9")
    foreseen, done = fleet.play("upgrade", "--check"), fleet.play("upgrade")
    assert done.returncode == 0, done.stdout[-6000:]
    assert changes(done.stdout) == SWITCHED | {"Program": ALL, "Old programs": ALL}
    assert changes(foreseen.stdout) == SWITCHED | {"Program": ALL, "Old programs": ALL}
    batches = [changes(play)["Service"] for play in done.stdout.split("PLAY [Use it, a batch at a time]")[1:]]
    assert {HUB} in batches  # whose end is everybody's only link
    assert sorted(name for batch in batches for name in batch) == sorted(NAMES)
    assert set(fleet.used().values()) == fleet.versions == {"9.9"}
    fleet.awaited()
    fleet.wants()
    assert fleet.changed("upgrade") == SWITCHED
    assert set(fleet.used().values()) == fleet.versions == {__version__}


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
