"""Key files and the lock on their use."""

from __future__ import annotations

import errno
import os
import subprocess

import pytest

from everleaf import identity
from everleaf.errors import BusyError, ConfigError, HostError, OutputError, PermissionDeniedError
from everleaf.identity import Seed
from everleaf.privacy import Modes
from vectors.captured import NODE

KEYS = NODE["address_and_keys"]


@pytest.mark.parametrize("vector", KEYS, ids=lambda vector: vector["public_key"][:8])
def test_key_file_is_what_the_real_node_exports(vector, tmp_path):
    assert identity.parse(vector["pem"].encode()).hex() == vector["seed"]
    identity.write(tmp_path / "key", Seed(bytes.fromhex(vector["seed"])), Modes())
    assert (tmp_path / "key").read_text() == vector["pem"] + "\n"


def test_key_file_of_openssl_loads(tmp_path):
    path = tmp_path / "key"
    path.touch(0o600)
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True)
    assert identity.load(path, Modes())


def test_new_key_file_is_the_owners_alone_and_nothing_else_stays(tmp_path):
    seed = identity.new_seed()
    identity.write(tmp_path / "key", seed, Modes())
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    assert identity.load(tmp_path / "key", Modes()) == seed


def test_new_key_file_ignores_a_generous_umask(tmp_path):
    before = os.umask(0)
    try:
        identity.write(tmp_path / "key", identity.new_seed(), Modes())
    finally:
        os.umask(before)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_key_file_is_never_replaced(tmp_path):
    (tmp_path / "key").write_text("precious")
    with pytest.raises(OutputError, match="exists and is never replaced"):
        identity.write(tmp_path / "key", identity.new_seed(), Modes())
    assert (tmp_path / "key").read_text() == "precious"
    assert len(list(tmp_path.iterdir())) == 1


def test_key_file_in_a_missing_directory_says_how_to_make_it(tmp_path):
    with pytest.raises(OutputError, match="mkdir -p"):
        identity.write(tmp_path / "missing" / "key", identity.new_seed(), Modes())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_key_file_that_others_can_touch_is_refused(mode, tmp_path):
    path = tmp_path / "key"
    identity.write(path, identity.new_seed(), Modes())
    path.chmod(mode)
    with pytest.raises(PermissionDeniedError, match=f"{mode:04o}.*; run: chmod 600 {path}"):
        identity.load(path, Modes())


def test_key_file_that_is_missing_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match="does not exist; make a key: everleaf keygen"):
        identity.load(tmp_path / "key", Modes())


def test_key_file_that_is_a_directory_is_a_config_error(tmp_path):
    tmp_path.chmod(0o700)
    with pytest.raises(ConfigError, match="cannot be read"):
        identity.load(tmp_path, Modes())


@pytest.mark.parametrize(
    "text",
    [
        b"",
        KEYS[0]["seed"].encode(),
        KEYS[0]["pem"].replace("PRIVATE", "EC PRIVATE").encode(),
        KEYS[0]["pem"].replace("MC4C", "MC4D").encode(),
        KEYS[0]["pem"].replace("MC4C", "MC=C").encode(),
        KEYS[0]["pem"].replace("YqCO", "").encode(),
    ],
)
def test_text_that_is_no_ed25519_key_is_refused_without_being_shown(text):
    with pytest.raises(ConfigError, match=r"^key: ") as caught:
        identity.parse(text)
    assert KEYS[0]["seed"][:8] not in str(caught.value)


def test_seed_is_wiped_and_never_shown():
    with Seed(b"\x01" * 32) as seed:
        assert (repr(seed), str(seed), f"{seed}") == ("...", "...", "...")
    assert seed == bytes(32)


def test_seed_has_32_bytes():
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        Seed(bytes(31))


def test_lock_is_held_by_one_and_names_it(tmp_path):
    path = tmp_path / "key"
    with (
        identity.lock(path),
        pytest.raises(BusyError, match=rf"another everleaf \(pid {os.getpid()}\) runs with the identity"),
        identity.lock(path),
    ):
        pass
    with identity.lock(path):
        pass


def test_lock_of_another_user_says_whose_it_is(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    words = "key.lock cannot be opened: Permission denied; run as the user whose key it is, or as root"
    with pytest.raises(PermissionDeniedError, match=words), identity.lock(tmp_path / "key"):
        pass


@pytest.mark.root
def test_lock_that_root_makes_belongs_to_the_owner_of_the_key(tmp_path):
    path = tmp_path / "key"
    path.touch()
    os.chown(path, 65534, 65534)
    with identity.lock(path):
        made = path.with_name("key.lock").stat()
    assert (made.st_uid, made.st_gid) == (65534, 65534)


@pytest.mark.root
def test_lock_of_a_root_without_privileges_keeps_the_group_it_has(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    path = tmp_path / "key"
    path.touch(mode=0o600)
    os.chown(path, 0, 12345)
    monkeypatch.setattr(os, "fchown", refuse)
    with identity.lock(path):
        assert path.with_name("key.lock").stat().st_uid == 0


def test_lock_needs_the_directory_of_the_key(tmp_path):
    with pytest.raises(HostError, match="must exist and be writable"), identity.lock(tmp_path / "missing" / "key"):
        pass


def test_lock_is_not_taken_through_a_link(tmp_path):
    """Root cleans up in directories of users whom it does not trust."""
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "key.lock").symlink_to(tmp_path / "precious")
    with pytest.raises(HostError), identity.lock(tmp_path / "key"):
        pass
    assert (tmp_path / "precious").read_text() == "kept"


@pytest.mark.root
def test_what_root_makes_in_a_directory_is_its_owners(tmp_path):
    os.chown(tmp_path, 1234, 5678)
    with Seed(bytes(32)) as seed:
        identity.write(tmp_path / "key", seed, Modes())
    with identity.lock(tmp_path / "key"):
        pass
    for name in ("key", "key.lock"):
        about = (tmp_path / name).stat()
        assert (about.st_uid, about.st_gid) == (1234, 5678), name
