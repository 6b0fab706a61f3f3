"""The EdgeOS package under a real dpkg and systemd, committed by a user who is not root, with real nodes behind it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from edgeos.conftest import configure
from edgeos.session import Session
from interop.net import wait_until
from machines.router import KEPT, SystemdRouter, package

TUN0, TUN1 = "interfaces everleaf tun0", "interfaces everleaf tun1"
MESH = f"set {TUN0} listen tcp://127.0.0.1:9001\nset {TUN1} peer tcp://127.0.0.1:9001"

pytestmark = [pytest.mark.frozen, pytest.mark.usefixtures("mesh")]


@pytest.fixture(scope="module")
def packages(tmp_path_factory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("packages")
    return {version: package(directory, version) for version in ("0.1.0", "0.2.0")}


@pytest.fixture(scope="module")
def router(site, packages) -> SystemdRouter:
    router = SystemdRouter(site.add("router", "bookworm"))
    router.boot()
    router.install(packages["0.1.0"])
    return router


@pytest.fixture
def mesh(router):
    """A session on the router; its two nodes are peers. What a test leaves is deleted."""
    session = configure(router)
    commit(session, MESH)
    wait_until(lambda: peered(router), "the two nodes are peers")
    yield session
    if session.active.exists(("interfaces", "everleaf")):
        commit(session, "delete interfaces everleaf")


def commit(session: Session, lines: str) -> None:
    session.type(lines)
    result = session.commit()
    assert result.status == "SUCCESS", "\n".join(result.said)


def peered(router: SystemdRouter) -> bool:
    rows = [line.split() for line in router.operate("show interfaces everleaf").splitlines()[1:]]
    return [(row[0], row[1], row[4]) for row in rows] == [("tun0", "up", "1/1"), ("tun1", "up", "1/1")]


def pid(router: SystemdRouter, name: str) -> int:
    """The node's process; 0 when it does not run."""
    return int(router.machine.run("systemctl", "show", "-P", "MainPID", f"everleaf@{name}.service"))


def links(router: SystemdRouter) -> dict[str, int]:
    """The interfaces that are ours, with their MTU."""
    found = json.loads(router.machine.run("ip", "-j", "link", "show"))
    return {link["ifname"]: link["mtu"] for link in found if link["ifname"].startswith("tun")}


def address(router: SystemdRouter) -> str:
    return router.operate("show interfaces everleaf tun0 detail").split("address")[1].split()[0]


def test_a_commit_reloads_or_restarts_what_runs(mesh, router):
    assert links(router) == {"tun0": 65535, "tun1": 65535}
    before = pid(router, "tun0"), pid(router, "tun1")
    commit(mesh, f"set {TUN0} log-level debug\nset {TUN1} peer tcp://127.0.0.1:9001 priority 3")
    wait_until(lambda: router.operate("show everleaf log").count("config.reloaded") == 2, "both have reloaded")
    wait_until(lambda: peered(router), "the peers are back")
    assert (pid(router, "tun0"), pid(router, "tun1")) == before
    commit(mesh, f"set {TUN1} mtu 1400")
    assert pid(router, "tun1") != before[1]
    assert links(router) == {"tun0": 65535, "tun1": 1400}
    wait_until(lambda: peered(router), "the peers are back")


def test_what_a_node_tells_is_shown(router):
    assert "tcp://127.0.0.1:9001" in router.operate("show interfaces everleaf tun1 peers")
    assert "interface   tun1, MTU 65535" in router.operate("show interfaces everleaf tun1 detail")
    assert "node.started" in router.operate("show everleaf log")


def test_a_configuration_that_the_node_refuses_changes_nothing(mesh, router):
    before = pid(router, "tun0")
    mesh.type(f"set {TUN0} private-key-file /config/auth/none")
    assert mesh.commit().status == "PARTIAL"
    assert pid(router, "tun0") == before


def test_a_node_that_is_killed_comes_back_and_one_that_is_restarted_too(router):
    before = pid(router, "tun0")
    router.machine.run("kill", "-9", str(before))
    wait_until(lambda: pid(router, "tun0") not in (0, before), "systemd starts it again")
    router.operate("restart everleaf tun1")
    wait_until(lambda: peered(router), "the peers are back")


def test_a_deleted_interface_is_gone_and_comes_back_with_its_address(mesh, router):
    before = address(router)
    commit(mesh, f"delete {TUN0}")
    assert links(router) == {"tun1": 65535}
    assert not (router.machine.root / "run/everleaf/tun0.toml").exists()
    commit(mesh, f"set {TUN0} listen tcp://127.0.0.1:9001")
    assert address(router) == before


def test_after_a_reboot_nothing_runs_until_the_configuration_is_loaded(mesh, router):
    boot = "\n".join(mesh.active.commands())
    router.machine.reboot()
    assert links(router) == {}
    assert router.operate("show interfaces everleaf") == "no interface of everleaf is configured and enabled\n"
    commit(configure(router), boot)
    wait_until(lambda: peered(router), "the two nodes are peers again")


def test_a_key_is_generated_for_root_alone(router):
    said = router.operate("generate everleaf private-key mine")
    assert "set interfaces everleaf tunN private-key-file /config/auth/everleaf/mine" in said
    assert router.machine.run("stat", "-c", "%a %U", "/config/auth/everleaf/mine") == "600 root\n"


def test_the_next_firmware_finds_everything(mesh, router, site):
    """Another machine, with nothing of this one but /config, and dpkg knows no everleaf there."""
    before, boot = address(router), "\n".join(mesh.active.commands())
    upgraded = SystemdRouter(site.add("upgraded", "bookworm"))
    shutil.copytree(router.machine.root / "config", upgraded.machine.root / "config")
    upgraded.boot()
    upgraded.machine.run("/config/scripts/firstboot.d/everleaf.sh")
    commit(configure(upgraded), boot)
    wait_until(lambda: peered(upgraded), "the two nodes are peers again")
    assert address(upgraded) == before
    assert upgraded.machine.run("/config/scripts/post-config.d/everleaf.sh") == ""


def test_a_new_version_takes_over_what_runs_and_a_removal_ends_it(mesh, router, packages):
    before = pid(router, "tun0"), pid(router, "tun1")
    said = router.install(packages["0.2.0"])
    assert f"would come back with the next firmware; run: sudo rm /{KEPT}/everleaf_0.1.0_all.deb" in said
    assert pid(router, "tun0") not in (0, before[0])
    assert pid(router, "tun1") not in (0, before[1])
    wait_until(lambda: peered(router), "the peers are back")

    commit(mesh, f"delete {TUN1}")
    assert "keys stay" in router.machine.attempt("dpkg", "--purge", "everleaf").stderr
    assert links(router) == {}
    left = router.machine.run("find", "/", "-xdev", "-type", "f", "-name", "*everleaf*").split()
    assert sorted(Path(line).name for line in left) == ["everleaf_0.1.0_all.deb", "everleaf_0.2.0_all.deb"]
    assert not (router.machine.root / "run/everleaf").exists()
    assert (router.machine.root / "config/auth/everleaf/tun0.key").exists()
    router.install(packages["0.1.0"])
