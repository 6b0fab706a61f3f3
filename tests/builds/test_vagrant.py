"""The Vagrantfile, its rows, and what runs inside the machines; no machine is started here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from builds.target import targets

from everleaf_fleet.model.reader import load

ROOT = Path(__file__).parents[2]
SHELLCHECK = Path(sys.executable).with_name("shellcheck")
SCRIPT = ROOT / "builds/vagrant/machine.sh"
MACHINES = yaml.safe_load((ROOT / "builds/vagrant/machines.yml").read_text())
FLEET = load(ROOT / "builds/vagrant/fleet.toml")
SHELLS = (["dash"], ["mksh"], ["busybox", "sh"])


def validate(tmp_path, **variables):
    """What Vagrant says of the file, with these variables set."""
    home = {"VAGRANT_HOME": str(tmp_path / "home"), "VAGRANT_DOTFILE_PATH": str(tmp_path / "state")}
    return subprocess.run(
        ["vagrant", "validate", "--ignore-provider"],
        cwd=ROOT,
        env=os.environ | home | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.root  # who installs Vagrant
def test_vagrant_accepts_every_machine(tmp_path):
    done = validate(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [name for name in MACHINES if f"{name}: Ignoring provider" in done.stdout] == list(MACHINES)


@pytest.mark.slow
@pytest.mark.root
def test_environment_says_which_box_a_machine_takes(tmp_path):
    done = validate(tmp_path, EVERLEAF_BOX_DEBIAN_12="")
    assert done.returncode == 1
    assert "Box value for guest 'debian-12' is an empty string" in done.stderr


@pytest.mark.root
def test_ruby_warns_of_nothing():
    done = subprocess.run(["ruby", "-wc", ROOT / "Vagrantfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Syntax OK\n", "")


def test_fleet_has_every_machine_that_a_deploy_can_reach():
    addresses = {name: row["address"] for name, row in MACHINES.items() if name != "windows"}
    assert {name: host.address for name, host in FLEET.hosts.items()} == addresses
    assert len(set(addresses.values())) == len(addresses)


def test_host_gets_the_program_of_its_machines_system():
    linux = {"debian", "fedora", "alpine"}
    for name, host in FLEET.hosts.items():
        if "target" in MACHINES[name]:
            system = MACHINES[name]["target"].partition("-")[0].rstrip("0123456789")
            assert ("linux" if host.platform in linux else name) == system, name


def test_every_machine_builds_a_target_that_there_is():
    assert {row["target"] for row in MACHINES.values() if "target" in row} <= set(targets())


@pytest.mark.parametrize("shell", SHELLS, ids=lambda words: words[0])
def test_script_is_read_by_every_shell_and_says_how_it_is_used(shell):
    done = subprocess.run([*shell, SCRIPT, "erase"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "machine: usage: machine.sh prepare | build TARGET\n")


def test_shellcheck_finds_nothing_in_the_script():
    done = subprocess.run([SHELLCHECK, SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
