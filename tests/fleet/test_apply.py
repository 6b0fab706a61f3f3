"""A change goes over a fleet in a lab, with a node that is a shell script; some are bad, and go back."""

from __future__ import annotations

import json
import subprocess

import pytest

from everleaf_fleet.deadman import directory
from everleaf_fleet.lab import Lab, Topology, process
from fleet.mesh import FAKE_NODE, HOME, Mesh
from interop.net import wait_until

pytestmark = pytest.mark.slow

EXITS = "test $1 != run || exit 1"
NO_LINK = f'{HOME.versions}/everleaf-1.0 "$@" | sed \'s/"up": true/"up": false/g\''
NEVER_LINKS = f"case $1 in status) {NO_LINK}; exit ;; wait) exit 69 ;; esac"
WAITS_FOR_EVER = f"case $1 in status) {NO_LINK}; exit ;; wait) exec sleep 1000 ;; esac"
ALL = ("h1", "h2", "h3", "h4")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    with Lab.running(Topology("line", 4)) as lab:
        yield Mesh(lab, tmp_path_factory.mktemp("fleet"), FAKE_NODE.read_text())


@pytest.fixture
def mesh(fleet):
    """Every host runs version 1.0, and is as its file wants it."""
    fleet.wants()
    assert fleet.apply()[0] == 0
    return fleet


def state(mesh):
    """Of every host the version it uses and the one that the lock knows, its process, and whether a timer waits."""
    waits = {name: mesh.host(name).attempt("test", "-e", directory(HOME)).returncode == 0 for name in ALL}
    return {name: (mesh.version(name), mesh.lock[name].version, mesh.pid(name), waits[name]) for name in ALL}


def test_apply_rolls_over_all_hosts_and_changes_nothing_twice(mesh):
    mesh.program("2.0")
    mesh.wants("2.0")
    assert mesh.apply() == (0, dict.fromkeys(ALL, "changed"))
    rolled = state(mesh)
    assert {row[:2] + row[3:] for row in rolled.values()} == {("2.0", "2.0", False)}
    assert mesh.apply() == (0, dict.fromkeys(ALL, "unchanged"))
    assert state(mesh) == rolled


@pytest.mark.parametrize("fault", [EXITS, NEVER_LINKS], ids=["exits at once", "never links"])
def test_bad_version_goes_back_on_the_canary_and_reaches_nobody_else(mesh, fault):
    before = state(mesh)
    mesh.program("3.0", fault)
    mesh.wants("3.0", within="1s")
    assert mesh.apply() == (1, dict.fromkeys(ALL, "untouched") | {"h1": "returned"})
    after = state(mesh)
    assert after.pop("h1")[:2] == before.pop("h1")[:2] == ("1.0", "1.0")
    assert after == before
    mesh.host("h1").run("kill", "-0", mesh.pid("h1"))
    mesh.wants()
    assert mesh.plan() == (0, {name: [] for name in ALL})


def test_host_that_fails_leaves_the_others_of_its_batch_alone_and_stops_the_next_one(mesh):
    mesh.program("4.0", f"test $(hostname) != h4 || {{ {EXITS}; }}")
    mesh.wants("4.0", within="1s", batch=["100%"])
    assert mesh.apply() == (1, {"h1": "changed", "h2": "untouched", "h3": "untouched", "h4": "returned"})
    assert {name: row[:2] for name, row in state(mesh).items()} == {
        "h1": ("4.0", "4.0"),
        "h2": ("1.0", "1.0"),
        "h3": ("1.0", "1.0"),
        "h4": ("1.0", "1.0"),
    }


def test_configuration_goes_back_together_with_the_program(mesh):
    config = mesh.host("h1").run("cat", HOME.config)
    mesh.program("5.0", NEVER_LINKS)
    mesh.wants("5.0", within="1s", h1="mtu = 1500")
    assert mesh.apply("--host", "h1") == (1, {"h1": "returned"})
    assert mesh.host("h1").run("cat", HOME.config) == config


def test_host_returns_by_itself_when_the_controller_is_killed_in_the_middle(mesh):
    before = mesh.pid("h1")
    mesh.program("6.0", WAITS_FOR_EVER)
    mesh.wants("6.0", within="1s", slack="20s", h1="mtu = 1500")
    controller = subprocess.Popen(
        mesh.words("apply", "--host", "h1"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=mesh.environment
    )
    waiting = ("pgrep", "-f", "sleep 1000")
    wait_until(lambda: mesh.host("h1").attempt(*waiting).returncode == 0, "h1 is at its gate", 200)
    assert (mesh.version("h1"), mesh.pid("h1") != before) == ("6.0", True)
    controller.kill()
    controller.wait()
    wait_until(lambda: mesh.host("h1").attempt("test", "-e", directory(HOME)).returncode, "h1 has returned", 100)
    assert mesh.version("h1") == "1.0"
    mesh.wants()
    assert mesh.plan() == (0, {name: [] for name in ALL})


def test_unfinished_change_is_told_and_finished_by_the_next_apply(mesh):
    """Its timer ended with the host, so nobody takes it back any more."""
    mesh.host("h2").run("mkdir", directory(HOME))
    assert mesh.plan("--host", "h2") == (2, {"h2": [("change", "neither confirmed nor taken back")]})
    mesh.program("7.0")
    mesh.wants("7.0")
    assert mesh.apply("--host", "h2") == (0, {"h2": "changed"})
    assert (mesh.version("h2"), state(mesh)["h2"][3]) == ("7.0", False)


def test_host_that_is_lost_in_the_middle_is_told_to_return_by_itself(tmp_path):
    with Lab.running(Topology("line", 2)) as lab:
        mesh = Mesh(lab, tmp_path, FAKE_NODE.read_text())
        assert mesh.apply()[0] == 0
        mesh.program("2.0", WAITS_FOR_EVER)
        mesh.wants("2.0")
        controller = subprocess.Popen(
            mesh.words("apply"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=mesh.environment
        )
        wait_until(
            lambda: not mesh.host("h1").attempt("pgrep", "-f", "sleep 1000").returncode, "h1 is at its gate", 200
        )
        process.end(lab.host("h1").init)
        said, _ = controller.communicate()
        first, second = json.loads(said)["hosts"]
        assert (controller.returncode, first["outcome"], second["outcome"]) == (1, "cut off", "untouched")
        assert "it returns by itself within 180 s" in first["words"]
