"""The fleet's file as pyinfra's inventory, and what its hosts share."""

from __future__ import annotations

import pickle

import pytest
from pyinfra.api.exceptions import InventoryError
from pyinfra.api.inventory import Inventory

from everleaf.errors import UnavailableError, UsageError
from everleaf_fleet import inventory as inventories
from everleaf_fleet.inventory import groups, make, target, underlay
from everleaf_fleet.lab import Topology
from everleaf_fleet.lab.fleet import fleet_of
from everleaf_fleet.member import Member
from everleaf_fleet.model import lock as locks
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import Lock, Locked
from everleaf_fleet.model.reader import loads
from unit.fleet.test_reader import FLEET

KEY = "a1" * 32


def inventory(text=FLEET):
    """What pyinfra itself makes of it."""
    named = groups(loads(text.encode()), Book(None))
    return Inventory((named["all"], {}), **{name: (hosts, {}) for name, hosts in named.items()})


def test_host_is_reached_as_the_fleet_says():
    host = inventory().get_host("fra1")
    assert (host.data.ssh_hostname, host.data.ssh_port, host.data.ssh_user) == ("fra1.example.net", 22, "admin")
    assert host.data.get("_doas") is True
    assert (host.data.get("_sudo"), host.data.get("ssh_key")) == (None, None)


@pytest.mark.parametrize(
    ("become", "key", "value"), [("sudo", "_sudo", True), ("doas", "_doas", True), ("su", "_su_user", "root")]
)
def test_user_becomes_root_in_the_way_the_host_knows(become, key, value):
    host = inventory(FLEET.replace('"doas"', f'"{become}"')).get_host("fra1")
    assert host.data.get(key) == value


def test_host_whose_node_is_about_to_end_is_reached_by_the_underlay():
    """The overlay would take the deploy with it."""
    fleet = loads(FLEET.replace("mtu = 1280", 'mtu = 1280\nconnector = "overlay"').encode())
    there, data = underlay(Member(fleet, Book(None), "obsd1"))
    assert (target(Member(fleet, Book(None), "obsd1"))[0], there) == ("@overlay/obsd1", "obsd1")
    assert data["ssh_hostname"] == "192.0.2.7"
    only = loads(FLEET.replace("192.0.2.7", "200:1::1").encode())
    with pytest.raises(UsageError, match=r"give hosts\.obsd1\.address one of the underlay"):
        underlay(Member(only, Book(None), "obsd1"))


def test_groups_of_the_fleet_are_groups_of_the_inventory():
    made = inventory()
    assert [host.name for host in made.get_group("core")] == ["fra1", "fra2", "obsd1"]
    assert [host.name for host in made.get_group("edge")] == ["obsd1"]
    assert len(made.get_group("all")) == len(made) == 3


@pytest.mark.parametrize(
    "lines", ['platform = "windows"\nssh.become = "sudo"', 'platform = "edgeos"\ninterface = "tun7"']
)
def test_host_that_is_done_by_hand_is_left_out_and_that_is_said(lines, caplog):
    made = inventory(FLEET.replace("mtu = 1280", f"mtu = 1280\n{lines}"))
    assert [host.name for host in made] == ["fra1", "fra2"]
    assert "obsd1 is left out" in caplog.text
    assert "put there what `everleaf-fleet render obsd1` prints" in caplog.text


def test_windows_is_reached_by_connectors_of_its_own():
    windows = FLEET.replace("mtu = 1280", 'mtu = 1280\nplatform = "windows"')
    found = [
        (target(member)[0], underlay(member)[0])
        for text in (windows, windows.replace("mtu = 1280", 'mtu = 1280\nconnector = "overlay"'))
        for member in [Member(loads(text.encode()), Book(None), "obsd1")]
    ]
    assert found == [("@windows/obsd1", "@windows/obsd1"), ("@windows-overlay/obsd1", "@windows/obsd1")]


def test_router_that_has_no_words_for_something_is_left_out_and_that_is_said(caplog):
    lines = 'platform = "vyos"\nnode_info = { place = "attic" }'
    assert [host.name for host in inventory(FLEET.replace("mtu = 1280", lines))] == ["fra1", "fra2"]
    assert "obsd1 is left out" in caplog.text
    assert "has something that the router's tree cannot say" in caplog.text


def test_fleet_is_the_one_that_the_environment_names(tmp_path, monkeypatch):
    file = tmp_path / "mine.toml"
    file.write_text(FLEET)
    locks.save(tmp_path / "mine.lock", Lock({"fra1": Locked(KEY)}))
    monkeypatch.setenv("EVERLEAF_FLEET", str(file))
    member = dict(make()["all"])["obsd1"]["everleaf"]
    assert member.spec.mtu == 1280
    assert KEY in member.blueprint().config.content


def test_hosts_see_at_once_what_another_one_told(tmp_path):
    book = Book.open(tmp_path / "fleet.lock")
    first, _, third = (data["everleaf"] for _, data in groups(loads(FLEET.encode()), book)["all"])
    assert KEY not in third.blueprint().config.content
    book.record(first.name, Locked(KEY))
    assert KEY in third.blueprint().config.content
    assert locks.load(tmp_path / "fleet.lock").hosts == {"fra1": Locked(KEY)}
    book.forget(first.name)
    assert KEY not in third.blueprint().config.content


def test_book_keeps_what_another_process_wrote(tmp_path):
    one, other = Book.open(tmp_path / "fleet.lock"), Book.open(tmp_path / "fleet.lock")
    one.record("fra1", Locked(KEY))
    other.record("fra2", Locked("b2" * 32))
    assert sorted(locks.load(tmp_path / "fleet.lock").hosts) == ["fra1", "fra2"]


def test_home_and_service_need_no_keys():
    closed = loads(FLEET.replace('"@core", "phone"', '"fra1"').encode())
    member = Member(closed, Book(None), "obsd1")
    assert (member.home.name, member.service.manager) == ("debian", "systemd")
    with pytest.raises(UnavailableError, match="lock them first"):
        member.blueprint()


def test_member_goes_to_another_process():
    member = Member(loads(FLEET.encode()), Book(None), "fra2")
    assert pickle.loads(pickle.dumps(member)) == member


def test_lab_is_a_fleet_whose_hosts_dial_over_their_wires():
    topology = Topology("line", 3)
    fleet = fleet_of(topology)
    assert list(fleet.hosts) == ["h1", "h2", "h3"]
    made = Member(fleet, Book(None), "h3").blueprint()
    assert made.service.manager == "pidfile"
    assert topology.peers("h3")[0] in made.config.content


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A `fleet.toml` that the environment names; nothing of it is known to later tests."""
    (tmp_path / "fleet.toml").write_text(FLEET)
    monkeypatch.setenv("EVERLEAF_FLEET", str(tmp_path / "fleet.toml"))
    yield tmp_path / "fleet.toml"
    inventories.opened.cache_clear()


@pytest.mark.parametrize("called", ["fra1", "@vagrant/fra1", "@docker/a/fra1"])
@pytest.mark.usefixtures("file")
def test_host_of_another_inventory_finds_its_place_by_name(called):
    assert inventories.member(called).spec.address == "fra1.example.net"
    assert inventories.member(called).book is inventories.member("fra2").book


def test_host_that_the_fleet_has_not_is_refused_by_name(file):
    with pytest.raises(UsageError) as raised:
        inventories.member("@vagrant/fra9")
    assert str(raised.value) == f"{file} has no host 'fra9'; it has: fra1, fra2, obsd1"


def test_mistake_in_the_file_is_an_error_that_pyinfra_shows_in_a_line(tmp_path, monkeypatch):
    file = tmp_path / "mine.toml"
    file.write_text(FLEET.replace("mtu = 1280", "mtu = 12"))
    monkeypatch.setenv("EVERLEAF_FLEET", str(file))
    with pytest.raises(InventoryError, match=r"mine\.toml: hosts\.obsd1\.mtu: must be"):
        make()
