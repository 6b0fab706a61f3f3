"""What a host should be, from the fleet's file and lock alone."""

from __future__ import annotations

import pytest

from everleaf.config import loads as node_config
from everleaf.errors import ConfigError, OutputError, UnavailableError
from everleaf_fleet.blueprint import blueprint
from everleaf_fleet.model import lock as locks
from everleaf_fleet.model.links import missing_keys, peers
from everleaf_fleet.model.lock import Lock, Locked
from everleaf_fleet.model.names import block, without_block
from everleaf_fleet.model.reader import loads
from unit.fleet.test_reader import FLEET, PHONE

KEYS = {"fra1": "a1" * 32, "fra2": "b2" * 32, "obsd1": "c3" * 32}
LOCK = Lock({name: Locked(key, "0.1.0", "f" * 64) for name, key in KEYS.items()})
HOSTS_FILE = "127.0.0.1 localhost\n# mine\n192.0.2.1 printer\n"


@pytest.fixture
def fleet():
    return loads(FLEET.encode())


def test_node_accepts_the_configuration_of_every_host(fleet):
    for name in fleet.hosts:
        config = node_config(blueprint(fleet, LOCK, name).config.content.encode())
        assert config.nodeinfo.data == {"name": name}


def test_host_dials_others_where_they_listen_and_pins_their_keys(fleet):
    assert peers(fleet, LOCK, fleet.hosts["obsd1"]) == (
        f"tls://fra1.example.net:9001?key={KEYS['fra1']}",
        f"tls://[2001:db8::2]:9001?key={KEYS['fra2']}",
        "tls://public.example:443",
    )


def test_host_is_known_by_both_keys_while_one_takes_the_place_of_the_other(fleet):
    rotating = LOCK.with_host("fra1", Locked(KEYS["fra1"], next_key="d4" * 32))
    assert peers(fleet, rotating, fleet.hosts["obsd1"])[0].endswith(f"?key={KEYS['fra1']}&key={'d4' * 32}")
    allowed = node_config(blueprint(fleet, rotating, "obsd1").config.content.encode()).peering.allowed_keys
    assert [key.hex() for key in allowed] == [KEYS["fra1"], "d4" * 32, KEYS["fra2"], PHONE]
    assert blueprint(fleet, rotating, "fra1").names == blueprint(fleet, LOCK, "fra1").names


def test_host_is_dialled_without_a_key_until_it_told_us(fleet):
    assert peers(fleet, Lock(), fleet.hosts["obsd1"])[0] == "tls://fra1.example.net:9001"
    assert missing_keys(fleet, LOCK.without_host("fra1"), fleet.hosts["obsd1"]) == ("fra1",)


def test_allowed_keys_never_become_empty_by_accident(fleet):
    allowed = node_config(blueprint(fleet, Lock(), "obsd1").config.content.encode()).peering.allowed_keys
    assert [key.hex() for key in allowed] == [PHONE]
    closed = loads(FLEET.replace('"@core", "phone"', '"fra1"').encode())
    with pytest.raises(UnavailableError, match="obsd1 lets in only fra1, whose keys are not known yet"):
        blueprint(closed, Lock(), "obsd1")


def test_names_are_a_block_that_can_be_taken_out_again(fleet):
    ours = block(fleet, LOCK)
    assert f"{LOCK.hosts['fra1'].address} fra1 fra1.lab\n" in ours
    assert without_block(HOSTS_FILE + ours) == HOSTS_FILE
    assert without_block(HOSTS_FILE + ours + "192.0.2.9 later\n") == HOSTS_FILE + "192.0.2.9 later\n"
    assert without_block(HOSTS_FILE) == HOSTS_FILE


def test_name_by_which_a_host_is_dialled_on_the_underlay_stays_what_it_is():
    named = loads(FLEET.replace('"fra1.example.net"', '"fra1"').replace('"192.0.2.7"', '"obsd1.lab"').encode())
    ours = block(named, LOCK)
    assert f"{LOCK.hosts['fra1'].address} fra1.lab\n" in ours
    assert f"{LOCK.hosts['obsd1'].address} obsd1\n" in ours
    assert f"{LOCK.hosts['fra2'].address} fra2 fra2.lab\n" in ours


def test_block_without_an_end_is_left_alone():
    assert without_block("# begin everleaf\n192.0.2.1 printer\n") == "# begin everleaf\n192.0.2.1 printer\n"


def test_no_names_are_written_when_the_fleet_wants_none_or_nobody_is_known(fleet):
    assert block(fleet, Lock()) == ""
    assert block(loads(FLEET.replace("[defaults]", "names = false\n[defaults]").encode()), LOCK) == ""


def test_lock_comes_back_as_it_was_saved(tmp_path):
    path = locks.beside(tmp_path / "fleet.toml")
    lock = LOCK.with_host("fra1", Locked(KEYS["fra1"], next_key="d4" * 32))
    locks.save(path, lock)
    assert path.name == "fleet.lock"
    assert locks.load(path) == lock
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_lock_that_is_not_there_is_empty(tmp_path):
    assert locks.load(tmp_path / "fleet.lock") == Lock()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", "is not TOML"),
        ("x = 1", "is not a lock of a fleet"),
        ("[hosts.a]\npublic_key = 'zz'", "hosts.a: has no usable public_key"),
        (f"[hosts.a]\npublic_key = '{PHONE}'\nnext_key = 'zz'", "hosts.a: has no usable public_key"),
        (f"[hosts.a]\npublic_key = '{'a1' * 32}'\nnext_key = '{PHONE}'\n[hosts.b]\npublic_key = '{PHONE}'", "of a too"),
        (f"[hosts.a]\npublic_key = '{PHONE}'\n[hosts.b]\npublic_key = '{PHONE}'", "is the key of a too"),
    ],
)
def test_damaged_lock_is_refused(tmp_path, text, words):
    path = tmp_path / "fleet.lock"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        locks.load(path)


def test_lock_with_the_same_key_for_two_hosts_is_not_written(tmp_path):
    with pytest.raises(ConfigError, match="is the key of fra1 too; a disk image was copied with its key"):
        locks.save(tmp_path / "fleet.lock", LOCK.with_host("copy", Locked(KEYS["fra1"])))
    assert list(tmp_path.iterdir()) == []


def test_lock_that_cannot_be_written_leaves_the_old_one(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        locks.save(tmp_path / "nowhere" / "fleet.lock", LOCK)
