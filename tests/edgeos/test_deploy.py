"""A router goes through the fleet's deploys: every line is run on it, and every script is typed and committed."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from edgeos.controller import Controller, program
from edgeos.test_session import TUN0, commit, config
from everleaf.platform import manager, platform
from everleaf_fleet import deploys
from everleaf_fleet.member import Member
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import Lock, Locked
from everleaf_fleet.model.reader import loads
from everleaf_fleet.router import path, tun

KEY = "ab" * 32
FLEET = """
[fleet]
name = "lab"
version = "1.0"
names = false
[hosts.fra1]
address = "192.0.2.1"
listen = ["tls://[::]:9001"]
[hosts.erx]
address = "192.168.1.1"
platform = "edgeos"
peers = ["fra1", "tcp://public.example:443"]
allowed_keys = ["fra1"]
mtu = 1400
"""


@pytest.fixture
def book():
    return Book(None, Lock({"fra1": Locked(KEY)}))


@pytest.fixture
def controller(session, router, monkeypatch):
    home = replace(
        platform("edgeos"), group="root", hosts_file="/config/hosts", cache="/config/cache", log_file="", tun="none"
    )
    known = {"edgeos": home}
    for module in ("member", "blueprint"):
        monkeypatch.setattr(f"everleaf_fleet.{module}.platform", lambda name: known.get(name) or platform(name))
    return Controller(session, router)


@pytest.fixture
def deploy(controller, book, tmp_path):
    """`deploy(deploys.install, text)`: what it changed, and whether it came to its end."""

    def run(made, text=FLEET, **answers):
        member = Member(loads(text.encode()), book, "erx")
        return controller.deploy(made, member, program(tmp_path / "program", **answers))

    return run


@pytest.fixture
def plan(controller, book, tmp_path):
    """`plan()`: what differs in the router's configuration: the place, and how."""

    def run():
        found = controller.plan(Member(loads(FLEET.encode()), book, "erx"), program(tmp_path / "program"))
        return [(one.subject, one.found, one.diff) for one in found if one.what == "configuration"]

    return run


def lines(session):
    return [line for line in session.active.commands() if TUN0 in line]


def test_bare_router_is_taken_to_a_node_and_a_second_run_changes_nothing(deploy, router, book):
    changed, passed = deploy(deploys.install)
    assert passed
    assert {"program", "identity", "configuration"} <= changed
    assert router.is_active("tun0")
    assert config(router, "tun0").interface.mtu == 1400
    assert book.lock.hosts["erx"].public_key
    assert not (router.root / "config/user-data/everleaf/unconfirmed").exists()
    assert deploy(deploys.install) == (set(), True)


def test_package_comes_from_where_the_next_firmware_looks_or_the_deploy_says_what_is_missing(deploy, router):
    (router.root / "stubs/package").unlink()
    assert deploy(deploys.install) == (set(), False)
    packages = router.root / "config/data/firstboot/install-packages"
    packages.mkdir(parents=True)
    (packages / "everleaf_1.0-1edgeos_mips.deb").touch()
    changed, passed = deploy(deploys.install)
    assert (passed, "package" in changed) == (True, True)
    assert "dpkg -iG /config/data/firstboot/install-packages/everleaf_1.0-1edgeos_mips.deb" in router.calls()


def test_another_mtu_is_typed_and_the_owner_s_own_options_stay(deploy, session, router):
    deploy(deploys.install)
    commit(session, f"set {TUN0} description mesh")
    changed, passed = deploy(deploys.install, FLEET.replace("1400", "1300"))
    assert (passed, "configuration" in changed, "program" in changed) == (True, True, False)
    assert config(router, "tun0").interface.mtu == 1300
    assert f"set {TUN0} description mesh" in lines(session)


def test_line_that_somebody_typed_is_taken_back_and_shown_without_its_secret(deploy, session, caplog):
    deploy(deploys.install)
    wanted = lines(session)
    commit(session, f"set {TUN0} peer tls://other.example:1 password sesame\nset {TUN0} mtu 1500")
    caplog.set_level(logging.INFO, "pyinfra")
    changed, passed = deploy(deploys.configure)
    assert (passed, "configuration" in changed) == (True, True)
    assert lines(session) == wanted
    assert f"- set {TUN0} peer tls://other.example:1 password ..." in caplog.text
    assert f"- set {TUN0} mtu 1500" in caplog.text
    assert f"+ set {TUN0} mtu 1400" in caplog.text
    assert "sesame" not in caplog.text
    assert deploy(deploys.configure) == (set(), True)


def test_plan_sees_what_the_router_says_and_not_only_the_script(deploy, session, plan):
    assert (TUN0, "none", "") in plan()
    deploy(deploys.install)
    commit(session, f"set {TUN0} description mesh")
    assert plan() == []
    commit(session, f"set {TUN0} peer tls://other.example:1 password sesame\nset {TUN0} mtu 1500")
    [(place, found, diff)] = plan()
    assert (place, found) == (TUN0, "others")
    assert diff.splitlines() == [
        f"+ set {TUN0} mtu 1400",
        f"- set {TUN0} mtu 1500",
        f"- set {TUN0} peer tls://other.example:1 password ...",
    ]


def test_router_whose_node_is_not_well_says_again_what_it_said(deploy, session, router):
    deploy(deploys.install)
    commit(session, f"set {TUN0} peer tls://mine.example:1 priority 7\nset {TUN0} description mesh")
    before = lines(session)
    other = FLEET.replace("1400", "1300").replace('"1.0"', '"2.0"')
    assert not deploy(deploys.install, other, sick=True)[1]
    assert lines(session) == before
    assert config(router, "tun0").interface.mtu == 1400
    assert (router.root / "stubs/sbin/everleaf").readlink().name == "everleaf-1.0"
    assert not (router.root / "config/user-data/everleaf/unconfirmed").exists()


def test_first_node_of_a_router_that_is_not_well_leaves_nothing_behind(deploy, session, router):
    assert not deploy(deploys.install, sick=True)[1]
    assert lines(session) == []
    assert not router.is_active("tun0")
    assert not (router.root / "stubs/sbin/everleaf").is_symlink()


def test_program_goes_forward_and_back_without_a_commit(deploy, session, router):
    deploy(deploys.install)
    before = lines(session)
    link = router.root / "stubs/sbin/everleaf"
    assert deploy(deploys.upgrade, FLEET.replace('"1.0"', '"2.0"'))[1]
    assert link.readlink().name == "everleaf-2.0"
    assert deploy(deploys.rollback, FLEET.replace('"1.0"', '"2.0"'))[1]
    assert link.readlink().name == "everleaf-1.0"
    assert lines(session) == before


def test_uninstall_leaves_the_key_alone_and_purge_nothing(deploy, session, router, book):
    deploy(deploys.install)
    key = router.root / "config/auth/everleaf/tun0.key"
    assert deploy(deploys.uninstall)[1]
    assert lines(session) == []
    assert key.exists()
    assert not router.is_active("tun0")
    assert [path.name for path in (router.root / "config/user-data").iterdir()] == []
    assert not (router.root / "stubs/package").exists()
    assert deploy(deploys.uninstall) == (set(), True)
    assert deploy(deploys.purge)[1]
    assert not key.exists()
    assert "erx" not in book.lock.hosts


def test_package_that_another_interface_needs_is_not_taken_from_it(deploy, session, router):
    deploy(deploys.install)
    commit(session, "set interfaces everleaf tun1 mtu 1280")
    before = session.active.commands()
    assert deploy(deploys.uninstall) == (set(), False)
    assert session.active.commands() == before
    assert router.is_active("tun0")
    assert (router.root / "stubs/package").exists()


def test_script_is_the_one_that_the_table_removes():
    assert manager("vyatta").owns == (path(tun(platform("edgeos"))),)
