"""pyinfra takes machines with real init systems from bare to a mesh, through changes, and back to bare."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from pathlib import Path

import pytest

from everleaf import __version__
from everleaf.identity import parse
from everleaf_fleet.model import lock as locks
from interop.net import wait_until
from machines.bases import BASES

pytestmark = pytest.mark.frozen

PROGRAM = Path(__file__).parents[2] / "dist" / "everleaf"
NAMES = tuple(BASES)
HUB, SUDO = "bookworm", "trixie"  # whom all dial; and where the deploy comes as somebody who is not root
KEY_FILE = "/var/lib/everleaf/identity.key"


class Fleet:
    """The fleet on five machines, as its owner has it on disk."""

    def __init__(self, site, directory):
        self.site = site
        self.file = directory / "fleet.toml"
        self.program = PROGRAM
        self.options = {"version": __version__, "mtu": '"auto"', "log_level": "info", "within": "30s"}
        (directory / ".ssh").mkdir()
        self.wants()

    def wants(self, **changes):
        """Write the file: as before, but for these."""
        self.options |= changes
        version, mtu, level, within = (self.options[key] for key in ("version", "mtu", "log_level", "within"))
        tables = [
            f'[fleet]\nname = "mesh"\nversion = "{version}"\n[upgrade]\ngate = {{ within = "{within}" }}\n'
            f'[defaults]\nmtu = {mtu}\nlog_level = "{level}"\nallowed_keys = ["@all"]\n'
            f'ssh = {{ user = "root", key = "{self.site.key}" }}\n'
        ]
        tables += [self._host(name) for name in NAMES]
        self.file.write_text("\n".join(tables))

    def _host(self, name):
        machine = self.site.machines[name]
        more = 'listen = ["tls://[::]:9001"]' if name == HUB else f'peers = ["{HUB}"]'
        if name == SUDO:
            more += f'\nssh = {{ user = "admin", key = "{self.site.key}", become = "sudo" }}'
        return f'[hosts.{name}]\naddress = "{machine.address}"\nmanager = "{machine.base.manager}"\n{more}'

    def pyinfra(self, what, *words, targets="everleaf_fleet.inventory:make", via=None):
        """One run from the controller or another host, with a home of its own for what SSH remembers."""
        environment = [f"HOME={self.file.parent}", f"EVERLEAF_FLEET={self.file}", f"PATH={os.environ['PATH']}"]
        command = [sys.executable, "-m", "pyinfra", "-y", "--data", f"everleaf_binary={self.program}", *words, targets]
        host = via or self.site.controller
        return host.attempt("env", "-i", *environment, *command, *what.split(), timeout=150)

    def changed(self, what, *words):
        """The steps that changed something in a run that succeeds, each with its hosts."""
        done = self.pyinfra(f"everleaf_fleet.deploys.{what}", "--json", *words)
        assert done.returncode == 0, done.stderr[-6000:]
        operations = json.loads(done.stdout)["results"]["operations"]
        names = {operation["name"].rpartition("| ")[2]: sorted(operation["success"]) for operation in operations}
        return {name: hosts for name, hosts in names.items() if hosts and name not in ("health", "way back")}

    @property
    def lock(self):
        return locks.load(locks.beside(self.file)).hosts

    def run(self, name, command):
        return self.site.ssh(name, command)

    def status(self, name):
        return json.loads(self.run(name, "everleaf status --json; true"))

    def whole(self):
        """Whether every machine reaches every other by its name."""
        return all("none" not in self.run(here, self._pings(here)) for here in NAMES)

    def _pings(self, here):
        return "; ".join(f"ping -6 -n -q -c 1 -W 2 {there} || echo none" for there in NAMES if there != here)

    def awaited(self):
        wait_until(self.whole, "every machine reaches every other", 40)


@pytest.fixture(scope="module")
def fleet(site, tmp_path_factory):
    """Five machines that have been deployed, and what the deploy changed."""
    machines = [site.add(name, name) for name in NAMES]
    for machine in machines:
        machine.boot()
    authorized = site.key.with_suffix(".pub").read_text()
    admin = (
        "useradd -m -s /bin/sh admin && echo 'admin ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/admin && "
        f"install -d -m 700 -o admin ~admin/.ssh && echo '{authorized}' >~admin/.ssh/authorized_keys"
    )
    site.ssh(SUDO, admin)
    fleet = Fleet(site, tmp_path_factory.mktemp("fleet"))
    fleet.first = fleet.changed("install")
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
    fleet.wants(version=__version__, within="30s")


def test_bare_machines_become_a_mesh_and_a_second_run_changes_nothing(fleet):
    for step in ("account", "directories", "program", "identity", "configuration", "names", "service files", "service"):
        assert fleet.first[step] == sorted(NAMES), step
    assert fleet.changed("install") == {}
    fleet.awaited()
    for name in NAMES:
        assert fleet.status(name)["key"] == fleet.lock[name].public_key


def test_new_mtu_takes_a_restart_and_a_new_log_level_does_not(fleet):
    fleet.wants(mtu="1400")
    assert fleet.changed("install") == {"configuration": sorted(NAMES), "service": sorted(NAMES)}
    for name in NAMES:
        assert fleet.status(name)["interface"]["mtu"] == 1400
    started = pids(fleet)
    fleet.wants(log_level="debug")
    assert fleet.changed("install") == {"configuration": sorted(NAMES), "service": sorted(NAMES)}
    assert pids(fleet) == started
    assert fleet.changed("install") == {}
    fleet.awaited()


def pids(fleet):
    return {name: fleet.run(name, "cat /run/everleaf/node.pid") for name in NAMES}


def test_node_that_is_killed_and_machine_that_reboots_come_back_by_themselves(fleet):
    keys = {name: fleet.lock[name].public_key for name in NAMES}
    for name in NAMES:
        fleet.run(name, "kill -9 $(cat /run/everleaf/node.pid)")
    fleet.awaited()
    for name in NAMES:
        fleet.site.machines[name].reboot()
    fleet.awaited()
    assert {name: fleet.status(name)["key"] for name in NAMES} == keys
    assert fleet.changed("install") == {}


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
    assert fleet.changed("upgrade").keys() == {"new program", "program", "service", "lock of the program"}
    for name in NAMES:
        assert fleet.run(name, "readlink /usr/local/bin/everleaf") == "/usr/local/lib/everleaf/everleaf-9.9\n"
    assert {told.version for told in fleet.lock.values()} == {"9.9"}
    fleet.awaited()
    assert fleet.changed("rollback").keys() == {"program", "service", "lock of the program"}
    assert {told.version for told in fleet.lock.values()} == {__version__}


def test_version_that_does_not_run_is_left_by_every_host_itself(fleet, other_program):
    other_program(b"#!/bin/sh\ntest $1 != run || exit 1\n")
    fleet.wants(version="9.8", within="2s")
    done = fleet.pyinfra("everleaf_fleet.deploys.upgrade")
    assert done.returncode != 0
    for name in NAMES:
        assert fleet.run(name, "readlink /usr/local/bin/everleaf").endswith(f"/everleaf-{__version__}\n")
    fleet.awaited()
    assert {told.version for told in fleet.lock.values()} == {__version__}


def test_key_is_nowhere_but_in_its_file(fleet):
    secrets = [line for name in NAMES for line in forms(fleet.run(name, f"sudo cat {KEY_FILE}"))]
    fleet.wants(log_level="warning")
    done = fleet.pyinfra("everleaf_fleet.deploys.install", "-vvv", "--diff", "--debug")
    assert done.returncode == 0
    written = [path.read_bytes() for path in fleet.file.parent.rglob("*") if path.is_file()]
    for text in [done.stdout.encode(), done.stderr.encode(), *written, *left_on(fleet)]:
        assert not [secret for secret in secrets if secret in text]


def forms(pem):
    """A key's secret in every form in which it could be seen."""
    with parse(pem.encode()) as seed:
        raw = bytes(seed)
    return [raw, raw.hex().encode(), base64.b64encode(raw), pem.splitlines()[1].encode()]


def left_on(fleet):
    """What the machines' logs, temporary files and configurations say."""
    recent = f"find / -xdev -type f -newer /etc/hostname -size -99k ! -path {KEY_FILE} ! -path '/proc/*'"
    for name in NAMES:
        told = fleet.run(name, f"{{ {recent} -exec cat {{}} +; journalctl -q 2>/dev/null; true; }} | base64")
        yield base64.b64decode(told)


def test_uninstall_leaves_the_key_alone_and_purge_nothing(fleet):
    told = fleet.lock
    fleet.changed("uninstall")
    assert fleet.changed("uninstall") == {}
    for name in NAMES:
        assert ours(fleet, name) == ["/var/lib/everleaf", KEY_FILE]
        assert "everleaf" not in fleet.run(name, "cat /etc/passwd /etc/group /etc/hosts; ps -e")
    fleet.changed("install")
    assert {name: told.public_key for name, told in fleet.lock.items()} == {n: t.public_key for n, t in told.items()}
    fleet.changed("purge")
    assert [ours(fleet, name) for name in NAMES] == [[]] * len(NAMES)
    assert fleet.lock == {}


def ours(fleet, name):
    """Every path that bears our name."""
    places = " ".join(("/etc", "/usr/local", "/usr/lib", "/lib", "/var", "/run", "/tmp", "/root"))
    return fleet.run(name, f"find {places} -xdev -name '*everleaf*' -o -path '*everleaf/*'").splitlines()
