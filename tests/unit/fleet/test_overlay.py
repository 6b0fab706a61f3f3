"""The hosts that `@overlay` names, and the addresses it tries."""

from __future__ import annotations

import pytest
from pyinfra.api.config import Config
from pyinfra.api.exceptions import ConnectError, InventoryError
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.connectors.ssh import SSHConnector

from everleaf_fleet.connectors.overlay import OverlayConnector
from everleaf_fleet.model import lock as locks
from everleaf_fleet.model.lock import Lock, Locked
from unit.fleet.test_reader import FLEET

KNOWN = Locked("a1" * 32)


@pytest.fixture(autouse=True)
def fleet(tmp_path, monkeypatch):
    (tmp_path / "fleet.toml").write_text(FLEET)
    locks.save(tmp_path / "fleet.lock", Lock({"fra1": KNOWN}))
    monkeypatch.setenv("EVERLEAF_FLEET", str(tmp_path / "fleet.toml"))


@pytest.fixture
def tried(monkeypatch):
    """The addresses that were tried, of which only those on the underlay answer."""
    tried = []

    def connect(self):
        tried.append(self.data["ssh_hostname"])
        if ":" in tried[-1]:
            raise ConnectError("timed out")

    monkeypatch.setattr(SSHConnector, "connect", connect)
    return tried


def connector(name):
    """As pyinfra makes it."""
    (host_name, data, _), *_ = OverlayConnector.make_names_data(name)
    state = State(Inventory(([(host_name, data)], {})), Config())
    return OverlayConnector(state, state.inventory.get_host(host_name))


def test_every_host_is_named_with_its_groups():
    named = {name: groups for name, _, groups in OverlayConnector.make_names_data()}
    assert list(named) == ["@overlay/fra1", "@overlay/fra2", "@overlay/obsd1"]
    assert named["@overlay/obsd1"] == ["@overlay", "edge", "core"]


def test_host_that_the_fleet_lacks_is_refused():
    with pytest.raises(InventoryError, match="has no host 'x'; it has: fra1, fra2, obsd1"):
        list(OverlayConnector.make_names_data("x"))


def test_underlay_is_tried_after_the_overlay(tried):
    connector("fra1").connect()
    assert tried == [KNOWN.address, "fra1.example.net"]


def test_host_that_the_lock_does_not_know_has_an_underlay_alone(tried):
    connector("obsd1").connect()
    assert tried == ["192.0.2.7"]


def test_host_that_answers_nowhere_fails_as_ssh_does(tried):
    with pytest.raises(ConnectError, match="timed out"):
        connector("fra2").connect()  # 2001:db8::2 on the underlay
    assert tried == ["2001:db8::2"]
