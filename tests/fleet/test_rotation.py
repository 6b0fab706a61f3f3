"""Keys change, hosts come and go, and whoever has nothing to do with it does not notice: a real mesh in a lab."""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import contextmanager

import pytest

from everleaf_fleet.lab import Lab, Topology
from fleet.mesh import FAKE_NODE, HOME, Mesh
from interop.net import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.interop]

ALL = ("h1", "h2", "h3", "h4")
PING = "echo $$ >/run/ping.pid; exec ping -6 -n -q -i 0.2 $0"


@pytest.fixture(scope="module")
def mesh(tmp_path_factory):
    """h3 lets in its neighbours alone, so that it has to learn of every new key."""
    with Lab.running(Topology("line", 4)) as lab:
        mesh = Mesh(lab, tmp_path_factory.mktemp("fleet"))
        mesh.wants(h3='allowed_keys = ["h2", "h4"]')
        assert mesh.apply() == (0, dict.fromkeys(ALL, "changed"))
        yield mesh


def link_uptime(mesh):
    """Of the link from h2 to h1."""
    answer = json.loads(mesh.host("h2").run("everleaf", "ctl", "--json", "getPeers"))
    [link] = [peer for peer in answer["peers"] if not peer["inbound"]]
    return link["uptime"]


@contextmanager
def nothing_lost(mesh):
    """A ping from h1 to h2 all the while, which loses nothing; their link, and the processes at its ends, stay."""
    first, there = mesh.host("h1"), mesh.lock["h2"].address
    wait_until(lambda: first.attempt("ping", "-6", "-c1", "-W1", there).returncode == 0, "h1 reaches h2", 60)
    pids, uptime = [mesh.pid(name) for name in ("h1", "h2")], link_uptime(mesh)
    ping = subprocess.Popen(first.words(["sh", "-c", PING, there]), stdout=subprocess.PIPE, text=True)
    yield
    first.run("sh", "-c", "kill -INT $(cat /run/ping.pid)")
    said, _ = ping.communicate()
    sent, received = re.search(r"(\d+) packets transmitted, (\d+) received", said).groups()
    assert (int(sent) > 5, sent) == (True, received)
    assert [mesh.pid(name) for name in ("h1", "h2")] == pids
    assert link_uptime(mesh) > uptime


def test_rotated_host_has_another_key_and_only_who_names_it_is_told(mesh):
    before, pid, secrets = mesh.lock["h4"], mesh.pid("h3"), [mesh.secret("h4")]
    with nothing_lost(mesh):
        status, found = mesh.run("rotate", "h4")
    assert (status, [row["outcome"] for row in found.values()]) == (0, ["changed"] * 4)
    assert found["h1"]["changed"] == found["h2"]["changed"] == ["names"]
    assert found["h3"]["changed"] == ["way back", "configuration", "service", "health", "names"]
    assert mesh.pid("h3") == pid
    now = mesh.lock["h4"]
    assert now.public_key != before.public_key
    assert now.next_key == ""
    assert mesh.plan() == (0, {name: [] for name in ALL})
    assert before.public_key not in mesh.host("h3").run("cat", HOME.config)
    assert mesh.host("h4").run("ls", HOME.state).split() == ["identity.key", "identity.key.lock"]
    secrets.append(mesh.secret("h4"))
    assert [(len(secret) > 40, secret in mesh.said) for secret in secrets] == [(True, False)] * 2


def test_removed_host_is_forgotten_and_one_that_is_added_is_let_in(mesh):
    pid = mesh.pid("h3")
    with nothing_lost(mesh):
        status, found = mesh.run("remove", "h4", "--purge")
        assert status == 0
        assert found["h1"]["changed"] == found["h2"]["changed"] == ["names"]
        assert "h4" not in mesh.lock
        mesh.wants(names=ALL[:3], h3='allowed_keys = ["h2"]')
        assert mesh.plan() == (0, {name: [] for name in ALL[:3]})
        mesh.wants(h3='allowed_keys = ["h2", "h4"]')
        assert mesh.apply() == (0, dict.fromkeys(ALL, "changed"))
    assert mesh.pid("h3") == pid
    assert mesh.plan() == (0, {name: [] for name in ALL})


def test_host_on_which_others_depend_is_not_removed(mesh):
    done = subprocess.run(
        mesh.words("remove", "h2"), capture_output=True, text=True, check=False, timeout=300, env=mesh.environment
    )
    assert done.returncode == 64
    assert "without h2, h1 cannot reach the rest of the fleet; give it other peers first" in done.stderr


def test_rotation_that_fails_leaves_the_old_key_in_use_and_the_next_one_goes_on(tmp_path):
    """The fake node, which does not link with another key as long as a file says so."""
    broken = (
        f"test ! -e /tmp/broken || test ! -e {HOME.key_file}.old || case $1 in wait) exit 69 ;; status) exit 2 ;; esac"
    )
    with Lab.running(Topology("line", 2)) as lab:
        mesh = Mesh(lab, tmp_path, FAKE_NODE.read_text())
        mesh.program("1.0", broken)
        mesh.wants(within="1s")
        assert mesh.apply()[0] == 0
        before, secret = mesh.lock["h1"], lab.host("h1").run("cat", HOME.key_file)
        lab.host("h1").run("touch", "/tmp/broken")
        status, found = mesh.run("rotate", "h1")
        assert (status, found["h1"]["outcome"]) == (1, "returned")
        assert lab.host("h1").run("cat", HOME.key_file) == secret
        waiting = mesh.lock["h1"]
        assert (waiting.public_key, waiting.next_key != "") == (before.public_key, True)
        lab.host("h1").run("rm", "/tmp/broken")
        status, _ = mesh.run("rotate", "h1")
        assert (status, mesh.lock["h1"].public_key) == (0, waiting.next_key)
        assert mesh.plan() == (0, {"h1": [], "h2": []})
