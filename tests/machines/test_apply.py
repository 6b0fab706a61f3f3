"""A bad version on machines with a real init: it goes back there alone, also when nobody is left to say so."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from everleaf import __version__
from interop.net import wait_until
from machines.fleet import NEVER_LINKS, PROGRAM, VERSIONS

pytestmark = pytest.mark.frozen

KINDS = ("trixie", "sysvinit")  # systemd and not; the second one dials the first


class Fleet:
    """Two machines, and one run of `everleaf-fleet` after the other on their controller."""

    def __init__(self, site, directory):
        self.site, self.directory = site, directory
        (directory / ".ssh").mkdir()
        (directory / f"everleaf-{__version__}").write_bytes(PROGRAM.read_bytes())
        (directory / "everleaf-9.9").write_text(NEVER_LINKS)
        self.wants(__version__)

    def wants(self, version, *, within="20s", slack="60s"):
        first, second = (self.site.machines[name] for name in KINDS)
        (self.directory / "fleet.toml").write_text(
            f'[fleet]\nname = "mesh"\nversion = "{version}"\nchannel = "{self.directory}"\n'
            f'[upgrade]\ngate = {{ within = "{within}", slack = "{slack}" }}\n'
            f'[defaults]\nssh = {{ user = "root", key = "{self.site.key}" }}\n'
            f'[hosts.trixie]\naddress = "{first.address}"\nlisten = ["tls://[::]:9001"]\n'
            f'[hosts.sysvinit]\naddress = "{second.address}"\nmanager = "sysvinit"\npeers = ["trixie"]\n'
        )

    def words(self, *hosts):
        chosen = [word for name in hosts for word in ("--host", name)]
        command = [sys.executable, "-m", "everleaf_fleet", "apply", "--yes", "--json", *chosen]
        environment = [f"HOME={self.directory}", f"PATH={os.environ['PATH']}"]
        return ["env", "-i", "-C", str(self.directory), *environment, *command]

    def apply(self, *hosts):
        """The exit status, and what became of each host."""
        done = self.site.controller.attempt(*self.words(*hosts), timeout=300)
        assert done.stdout, done.stderr
        print(done.stdout)  # shown when the test fails
        return done.returncode, {row["host"]: row["outcome"] for row in json.loads(done.stdout)["hosts"]}

    def settled(self):
        """Whether nothing is left to change, once whoever lost his link for a moment has waited for it."""
        return self.apply()[0] == 0 and self.apply() == (0, dict.fromkeys(KINDS, "unchanged"))

    def version(self, name):
        return self.site.ssh(name, "readlink /usr/local/bin/everleaf").strip().rpartition("-")[2]

    def pid(self, name):
        return self.site.ssh(name, "cat /run/everleaf/node.pid")

    def waits(self, name):
        return self.site.ssh(name, f"if test -d {VERSIONS}/unconfirmed; then echo yes; fi") != ""

    def timers(self, name):
        """Of every timer that waits there, who keeps it."""
        found = self.site.ssh(
            name, "for pid in $(pgrep -f '[d]eadman.sh watch'); do cat /proc/$pid/cgroup | tr '\\n' ' '; echo; done"
        )
        return ["systemd" if "/run-" in line else "nobody" for line in found.splitlines()]


@pytest.fixture(scope="module")
def fleet(site, tmp_path_factory):
    for kind in KINDS:
        site.add(kind, kind).boot()
    fleet = Fleet(site, tmp_path_factory.mktemp("fleet"))
    assert fleet.apply() == (0, dict.fromkeys(KINDS, "changed"))
    return fleet


@pytest.mark.parametrize("name", KINDS)
def test_bad_version_goes_back_on_its_host_alone(fleet, name):
    [other] = set(KINDS) - {name}
    before = fleet.pid(other)
    fleet.wants("9.9", within="2s")
    assert fleet.apply(name) == (1, {name: "returned"})
    assert (fleet.version(name), fleet.waits(name), fleet.pid(other)) == (__version__, False, before)
    fleet.wants(__version__)
    assert fleet.settled()


@pytest.mark.parametrize("name", KINDS)
def test_machine_returns_by_itself_when_the_controller_is_killed(fleet, name):
    fleet.wants("9.9", within="15s", slack="15s")  # time for a busy machine to look, before either has passed
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    controller = fleet.site.controller.spawn(*fleet.words(name), **quiet)
    wait_until(lambda: fleet.version(name) == "9.9", f"{name} has the bad version", 200)
    assert fleet.timers(name) == (["systemd"] if name == "trixie" else ["nobody"])
    controller.kill()
    controller.wait()
    wait_until(lambda: not fleet.waits(name), f"{name} has returned", 100)
    assert fleet.version(name) == __version__
    assert fleet.timers(name) == []
    fleet.wants(__version__)
    assert fleet.settled()
