"""pyinfra takes machines with real init systems from bare to a mesh, through changes, and back to bare."""

from __future__ import annotations

import base64
import json
import os
import sys
from itertools import permutations
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
        (directory / ".ssh").mkdir()
        self.wants()

    def wants(self, *, version=__version__, mtu='"auto"', within="30s"):
        """Write the file."""
        tables = [
            f'[fleet]\nname = "mesh"\nversion = "{version}"\n[upgrade]\ngate = {{ within = "{within}" }}\n'
            f'[defaults]\nmtu = {mtu}\nallowed_keys = ["@all"]\nssh = {{ user = "root", key = "{self.site.key}" }}\n'
        ]
        tables += [self._host(name) for name in NAMES]
        self.file.write_text("\n".join(tables))

    def _host(self, name):
        machine = self.site.machines[name]
        more = 'listen = ["tls://[::]:9001"]' if name == HUB else f'peers = ["{HUB}"]'
        if name == SUDO:
            more += f'\nssh = {{ user = "admin", key = "{self.site.key}", become = "sudo" }}'
        return f'[hosts.{name}]\naddress = "{machine.address}"\nmanager = "{machine.base.manager}"\n{more}'

    def pyinfra(self, what, *words):
        """One run from the controller, with a home of its own for what SSH remembers."""
        home = self.file.parent
        environment = [f"HOME={home}", f"EVERLEAF_FLEET={self.file}", f"PATH={os.environ['PATH']}"]
        command = [sys.executable, "-m", "pyinfra", "-y", "--json", "--data", f"everleaf_binary={self.program}", *words]
        deploy = ["everleaf_fleet.inventory:make", f"everleaf_fleet.deploys.{what}"]
        return self.site.controller.attempt("env", "-i", *environment, *command, *deploy, timeout=150)

    def changed(self, what, *words):
        """The steps that changed something in a run that succeeds, each with its hosts."""
        done = self.pyinfra(what, *words)
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
        return all(self._pings(here, there) for here, there in permutations(NAMES, 2))

    def _pings(self, here, there):
        return "bytes from" in self.run(here, f"ping -6 -n -c 1 -W 2 {there}; true")

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


@pytest.fixture(autouse=True)
def as_it_was(fleet):
    """Every test finds the fleet that the first deploy made."""
    yield
    fleet.program = PROGRAM
    fleet.wants()
    fleet.changed("install")


def test_bare_machines_become_a_mesh_and_a_second_run_changes_nothing(fleet):
    for step in ("account", "directories", "program", "identity", "configuration", "names", "service files", "service"):
        assert fleet.first[step] == sorted(NAMES), step
    assert fleet.changed("install") == {}
    fleet.awaited()
    for name in NAMES:
        assert fleet.status(name)["key"] == fleet.lock[name].public_key


def test_the_mtu_is_changed_by_a_restart_and_a_log_level_without(fleet):
    fleet.wants(mtu="1400")
    assert fleet.changed("install") == {"configuration": sorted(NAMES), "service": sorted(NAMES)}
    for name in NAMES:
        assert fleet.status(name)["interface"]["mtu"] == 1400
    assert fleet.changed("install") == {}
    fleet.awaited()


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


def test_upgrade_goes_to_another_version_and_rollback_returns(fleet, tmp_path):
    fleet.program = tmp_path / "everleaf"
    fleet.program.write_bytes(PROGRAM.read_bytes() + b"another version")
    fleet.program.chmod(0o755)
    fleet.wants(version="9.9")
    assert fleet.changed("upgrade").keys() == {"new program", "program", "service", "lock of the program"}
    for name in NAMES:
        assert fleet.run(name, "readlink /usr/local/bin/everleaf") == "/usr/local/lib/everleaf/everleaf-9.9\n"
    assert {told.version for told in fleet.lock.values()} == {"9.9"}
    fleet.awaited()
    assert fleet.changed("rollback").keys() == {"program", "service", "lock of the program"}
    assert {told.version for told in fleet.lock.values()} == {__version__}


def test_version_that_does_not_run_is_left_by_every_host_itself(fleet, tmp_path):
    fleet.program = tmp_path / "everleaf"
    fleet.program.write_text(
        '#!/bin/sh\ncase $1 in run) echo "cannot run" >&2; exit 1 ;; selftest|check|cleanup) ;; esac\n'
    )
    fleet.program.chmod(0o755)
    fleet.wants(version="9.8", within="2s")
    done = fleet.pyinfra("upgrade")
    assert done.returncode != 0
    for name in NAMES:
        assert (
            fleet.run(name, "readlink /usr/local/bin/everleaf") == f"/usr/local/lib/everleaf/everleaf-{__version__}\n"
        )
    fleet.awaited()
    assert {told.version for told in fleet.lock.values()} == {__version__}


def test_key_is_nowhere_but_in_its_file(fleet):
    secrets = [line for name in NAMES for line in forms(fleet.run(name, f"sudo cat {KEY_FILE}"))]
    fleet.wants(mtu="1300")
    done = fleet.pyinfra("install", "-vvv", "--diff", "--debug")
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
