"""The playbooks on one host that lives on this machine, without root and with a node that is a shell script."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from everleaf_fleet.lab import Lab, Topology
from fleet.controller import ROOT, Controller, built

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]  # each play is a process of ten seconds

FAKE_NODE = Path(__file__).with_name("fake_node.sh").read_text()
FLEET = """
[fleet]
name = "lab"
version = "{version}"
[upgrade]
gate = {{ within = "2s", slack = "5m" }}
[hosts.alpha]
address = "alpha"
connector = "local"
platform = "linux"
mtu = {mtu}
log_level = "{level}"
"""
FRESH = {
    "Directories", "Program", "Identity", "Lock of the key", "Way back", "Program in use", "Configuration", "Names",
    "Service files", "Service", "Lock of the program",
}  # fmt: skip


class Playground(Controller):
    """A controller on the host itself. Of this machine it sees the collection, and may not write there."""

    def __init__(self, host, collections):
        super().__init__(Path("/tmp/fleet"), collections, host.words([]))
        self.host = host
        host.run("mount", "-t", "tmpfs", "tmpfs", "/dev/shm")  # where Python's processes share semaphores
        host.run("mkdir", "-p", "/tmp/fleet/dist")
        self.program("1.0")
        self.wants()

    def program(self, version, text=FAKE_NODE):
        path = f"/tmp/fleet/dist/everleaf-{version}"
        self.host.run("sh", "-c", f"cat >{path} && chmod 0755 {path}", stdin=text)

    def wants(self, version="1.0", mtu=1400, level="info"):
        self.host.run("tee", str(self.fleet), stdin=FLEET.format(version=version, mtu=mtu, level=level))

    def steps(self, name, *words):
        return set(self.changed(name, *words))

    def pid(self):
        return self.host.run("cat", "/run/everleaf/node.pid")

    def ours(self):
        return self.host.run("find", "/etc", "/usr/local", "/var", "/run", "-path", "*everleaf*").splitlines()


@pytest.fixture(scope="module")
def playground():
    (ROOT / "build").mkdir(exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="playground-", dir=ROOT / "build"))
    try:
        with Lab.running(Topology("line", 2)) as lab:
            yield Playground(lab.hosts[0], built(directory))
    finally:
        shutil.rmtree(directory)


def test_check_mode_tells_what_the_first_run_does_and_the_second_does_nothing(playground):
    assert playground.steps("site", "--check", "--diff") == FRESH
    assert playground.ours() == []
    assert playground.steps("site") == FRESH
    assert playground.steps("site") == set()


def test_node_is_reloaded_where_that_will_do_and_restarted_where_not(playground):
    pid, tags = playground.pid(), ("--tags", "configure")
    playground.wants(level="debug")
    assert playground.steps("site", *tags) == {"Way back", "Configuration", "Service"}
    assert playground.pid() == pid
    playground.wants(level="debug", mtu=1300)
    assert playground.steps("site", "--check", *tags) == {"Way back", "Configuration", "Service"}
    assert playground.steps("site", *tags) == {"Way back", "Configuration", "Service"}
    assert playground.pid() != pid


def test_upgrade_has_nothing_to_do_where_only_the_configuration_differs(playground):
    playground.wants(level="error", mtu=1300)
    assert playground.steps("upgrade") == set()


def test_change_that_the_node_does_not_survive_is_taken_back_whole(playground):
    before = playground.host.run("cat", "/etc/everleaf/node.toml")
    playground.program("2.0", FAKE_NODE.replace("run)", "run) exit 1 ;;\nnever)"))
    playground.wants("2.0", mtu=1280)
    done = playground.play("site")
    assert done.returncode != 0
    assert "the host is back to what it ran before" in done.stdout
    assert playground.host.run("cat", "/etc/everleaf/node.toml") == before
    assert playground.host.run("readlink", "/usr/local/bin/everleaf") == "/usr/local/lib/everleaf/everleaf-1.0\n"
    assert playground.pid()


def test_key_that_is_gone_is_not_made_again(playground):
    playground.wants()
    playground.host.run("mv", "/var/lib/everleaf/identity.key", "/var/lib/aside")
    for words in ((), ("--check",)):
        done = playground.play("site", "--tags", "install", *words)
        assert done.returncode != 0
        assert "but the lock knows" in done.stdout
    playground.host.run("mv", "/var/lib/aside", "/var/lib/everleaf/identity.key")


def test_removal_leaves_the_key_and_purge_nothing(playground):
    assert playground.steps("remove", "--check") == playground.steps("remove") == {"Service", "Names", "Files"}
    assert playground.ours() == ["/var/lib/everleaf", "/var/lib/everleaf/identity.key"]
    assert playground.steps("remove", "-e", "everleaf_removal_purge=true") == {"Key", "Lock"}
    assert playground.ours() == []
