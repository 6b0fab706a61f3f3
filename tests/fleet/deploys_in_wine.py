"""A Windows goes through the fleet's deploys: wine's cmd.exe runs every line of them.

    pytest tests/fleet/deploys_in_wine.py

needs wine 10; where this machine has none, root, who takes Debian 13's. Not part of the suite, which needs no wine.
"""

from __future__ import annotations

import shutil

import pytest

from everleaf_fleet import deploys
from everleaf_fleet.member import Member
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import Lock, Locked
from everleaf_fleet.model.reader import loads
from everleaf_fleet.windows import batch
from fleet.wine import Windows

pytestmark = pytest.mark.timeout(600)

FLEET = """
[fleet]
name = "lab"
version = "1.0"
[upgrade.gate]
within = "1s"
slack = "1s"
[hosts.fra1]
address = "192.0.2.1"
listen = ["tls://[::]:9001"]
[hosts.desk]
address = "192.0.2.9"
platform = "windows"
peers = ["fra1"]
allowed_keys = ["fra1"]
mtu = 1400
"""
SECOND = FLEET.replace('"1.0"', '"2.0"')
SERVICE, DEADMAN, CONFIG, KEY = (
    r"C:\Program Files\everleaf\service.cmd",
    r"C:\Program Files\everleaf\deadman.cmd",
    r"C:\ProgramData\everleaf\node.toml",
    r"C:\ProgramData\everleaf\identity.key",
)


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    with Windows(tmp_path_factory.mktemp("windows")).running() as windows:
        yield windows


@pytest.fixture
def windows(machine):
    """Bare."""
    for path in (r"C:\Program Files\everleaf", r"C:\ProgramData\everleaf"):
        shutil.rmtree(machine.path(path), ignore_errors=True)
    machine.path(r"C:\windows\system32\drivers\etc").mkdir(parents=True, exist_ok=True)
    machine.path(r"C:\windows\system32\drivers\etc\hosts").write_bytes(b"127.0.0.1 localhost # f\xfcr alle\r\n")
    machine.service, machine.task, machine.mtu = {}, "", None
    machine.calls.clear()
    return machine


@pytest.fixture
def book():
    return Book(None, Lock({"fra1": Locked("ab" * 32)}))


@pytest.fixture
def deploy(windows, book):
    def run(made, text=FLEET, **behaviour):
        member = Member(loads(text.encode()), book, "desk")
        return windows.deploy(made, member, windows.program(member.fleet.version, **behaviour))

    return run


def test_bare_host_is_taken_to_a_node_and_a_second_run_changes_nothing(deploy, windows, book):
    changed, passed = deploy(deploys.install)
    assert passed
    assert {"directories", "new program", "identity", "program", "configuration", "names", "boot", "service"} <= changed
    assert (windows.service["STATE"], windows.service["start="]) == ("RUNNING", "auto")
    assert windows.mtu == 1400
    assert book.lock.hosts["desk"].public_key
    hosts = windows.path(r"C:\windows\system32\drivers\etc\hosts").read_bytes()
    assert hosts.startswith(b"127.0.0.1 localhost # f\xfcr alle\r\n# begin everleaf\r\n")
    assert deploy(deploys.install) == (set(), True)


def test_program_goes_forward_and_back_and_the_one_before_that_is_removed(deploy, windows):
    deploy(deploys.install)
    assert deploy(deploys.upgrade, SECOND)[1]
    assert r"everleaf-2.0\everleaf.exe" in windows.service["binPath="]
    assert deploy(deploys.rollback, SECOND)[1]
    assert r"everleaf-1.0\everleaf.exe" in windows.service["binPath="]
    assert windows.service["STATE"] == "RUNNING"
    assert deploy(deploys.rollback, SECOND)[1]
    assert deploy(deploys.upgrade, FLEET.replace('"1.0"', '"3.0"'))[1]
    versions = windows.path(r"C:\Program Files\everleaf\versions")
    assert {path.name for path in versions.iterdir()} == {"everleaf-2.0", "everleaf-3.0", "previous.cmd"}


def test_another_mtu_restarts_the_node_and_another_peer_is_read_without_one(deploy, windows):
    deploy(deploys.install)
    windows.calls.clear()
    changed, passed = deploy(deploys.configure, FLEET.replace("1400", "1300"))
    assert (passed, "configuration" in changed, windows.mtu) == (True, True, 1300)
    assert ("sc", "start", "everleaf") in windows.calls
    windows.calls.clear()
    more = FLEET.replace('peers = ["fra1"]', 'peers = ["fra1", "tcp://public.example:443"]').replace("1400", "1300")
    assert deploy(deploys.configure, more)[1]
    assert ("sc", "start", "everleaf") not in windows.calls
    assert deploy(deploys.configure, more) == (set(), True)


def test_program_that_does_not_run_is_never_used(deploy, windows):
    deploy(deploys.install)
    before = windows.path(SERVICE).read_bytes()
    assert not deploy(deploys.upgrade, SECOND, broken=True)[1]
    assert windows.path(SERVICE).read_bytes() == before
    assert windows.service["STATE"] == "RUNNING"


def test_configuration_that_the_program_refuses_is_not_put_in_place(deploy, windows):
    deploy(deploys.install)
    before = windows.path(CONFIG).read_bytes()
    assert not deploy(deploys.install, SECOND.replace("1400", "1300"), refuses=True)[1]
    assert windows.path(CONFIG).read_bytes() == before
    assert r"everleaf-1.0\everleaf.exe" in windows.service["binPath="]
    assert windows.service["STATE"] == "RUNNING"


def test_host_whose_node_is_not_well_goes_back(deploy, windows):
    deploy(deploys.install)
    before = windows.path(CONFIG).read_bytes()
    assert not deploy(deploys.install, SECOND.replace("1400", "1300"), sick=True)[1]
    assert windows.path(CONFIG).read_bytes() == before
    assert r"everleaf-1.0\everleaf.exe" in windows.service["binPath="]
    assert (windows.mtu, windows.service["STATE"], windows.service["start="]) == (1400, "RUNNING", "auto")
    assert windows.task == "delete"
    assert deploy(deploys.install)[1]  # it is told again what it has read
    assert deploy(deploys.install) == (set(), True)


def test_first_node_that_is_not_well_leaves_nothing_but_its_key(deploy, windows):
    assert not deploy(deploys.install, sick=True)[1]
    assert windows.service == {}
    assert not windows.path(SERVICE).exists()
    assert not windows.path(CONFIG).exists()
    assert windows.path(KEY).exists()


def run(windows, lines):
    """As an administrator would."""
    (windows.home / "lines.cmd").write_bytes(batch.script(lines))
    done = windows.wine("wine", "cmd.exe", "/d", "/c", r".\lines.cmd")
    assert done.returncode == 0, done


def test_host_that_hears_nothing_more_goes_back_by_itself(deploy, windows):
    """The task does what the scheduler would let it do."""
    deploy(deploys.install)
    before = windows.path(SERVICE).read_bytes()
    run(windows, f'call "{DEADMAN}" keep')
    windows.path(SERVICE).write_bytes(before.replace(b"everleaf-1.0", b"everleaf-2.0"))
    assert windows.task == "run"
    run(windows, f'call "{DEADMAN}" watch')
    assert windows.path(SERVICE).read_bytes() == before
    assert windows.service["STATE"] == "RUNNING"
    assert windows.task == "delete"
    assert not windows.path(r"C:\ProgramData\everleaf\unconfirmed").exists()


def test_status_is_content_with_a_healthy_node_alone(deploy, windows):
    assert deploy(deploys.status) == (set(), False)
    deploy(deploys.install)
    assert deploy(deploys.status) == (set(), True)
    windows.service["STATE"] = "STOPPED"
    assert not deploy(deploys.status)[1]


def test_uninstall_leaves_the_key_alone_and_purge_nothing(deploy, windows, book):
    deploy(deploys.install)
    key = windows.path(KEY).read_bytes()
    assert deploy(deploys.uninstall)[1]
    assert windows.service == {}
    assert [path.name for path in windows.path(r"C:\ProgramData\everleaf").iterdir()] == ["identity.key"]
    assert windows.path(KEY).read_bytes() == key
    assert not windows.path(r"C:\Program Files\everleaf").exists()
    hosts = windows.path(r"C:\windows\system32\drivers\etc\hosts").read_bytes()
    assert hosts == b"127.0.0.1 localhost # f\xfcr alle\r\n"
    assert deploy(deploys.uninstall) == (set(), True)
    assert deploy(deploys.purge)[1]
    assert not windows.path(r"C:\ProgramData\everleaf").exists()
    assert "desk" not in book.lock.hosts


def test_key_that_is_gone_or_is_another_s_stops_the_deploy(deploy, windows):
    deploy(deploys.install)
    windows.path(KEY).unlink()
    assert deploy(deploys.install) == (set(), False)
    assert not windows.path(KEY).exists()
