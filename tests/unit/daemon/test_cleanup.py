"""Taking away what a killed node has left, and nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from everleaf import config, identity
from everleaf.daemon.cleanup import Removed, cleanup
from everleaf.errors import BusyError, PermissionDeniedError
from everleaf.privacy import Modes


class FakeHost:
    """Has something of ours on one interface, once."""

    def __init__(self, *left, refuses=None):
        self.left, self.refuses, self.asked = left, refuses, []

    def cleanup(self, name):
        self.asked.append(name)
        if self.refuses:
            raise self.refuses
        left, self.left = self.left, ()
        return left


def dead_pid():
    with subprocess.Popen(["true"]) as child:
        pass
    return child.pid


@pytest.fixture
def node(tmp_path):
    """A configuration, its key, and what its node leaves behind."""
    (tmp_path / "node.toml").write_text(
        f'[identity]\nkey_file = "{tmp_path}/key"\n[interface]\nname = "mesh0"\n'
        f'[admin]\nlisten = "unix://{tmp_path}/admin.sock"\n'
        f'[peering]\nlisten = ["tcp://[::]:1", "unix://{tmp_path}/link.sock"]\n'
    )
    identity.write(tmp_path / "key", identity.new_seed(), Modes())
    for name in ("admin.sock", "link.sock"):
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(tmp_path / name))
    (tmp_path / "pid").write_text(f"{dead_pid()}\n")
    return config.load(tmp_path / "node.toml")


def test_cleanup_removes_all_that_is_left_once(node, tmp_path):
    host = FakeHost("mesh0")
    files = tuple(str(tmp_path / name) for name in ("admin.sock", "link.sock", "pid"))
    assert cleanup(host, node, tmp_path / "pid") == Removed(("mesh0",), files)
    assert not [file for file in files if Path(file).exists()]
    assert cleanup(host, node, tmp_path / "pid") == Removed((), ())
    assert host.asked == ["mesh0", "mesh0"]


def test_cleanup_leaves_a_pid_file_it_was_not_told_of(node, tmp_path):
    cleanup(FakeHost(), node, None)
    assert (tmp_path / "pid").exists()


def test_cleanup_leaves_a_socket_that_somebody_serves(node, tmp_path):
    (tmp_path / "admin.sock").unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "admin.sock"))
        other.listen()
        assert cleanup(FakeHost(), node, None).files == (str(tmp_path / "link.sock"),)
    assert (tmp_path / "admin.sock").exists()


@pytest.mark.parametrize("text", [f"{os.getpid()}\n", "not a number\n", ""], ids=["living", "not a number", "empty"])
def test_cleanup_leaves_a_pid_file_of_a_living_process_or_of_none(node, tmp_path, text):
    (tmp_path / "pid").write_text(text)
    assert str(tmp_path / "pid") not in cleanup(FakeHost(), node, tmp_path / "pid").files
    assert (tmp_path / "pid").read_text() == text


def test_cleanup_refuses_while_the_node_runs(node, tmp_path):
    host = FakeHost("mesh0")
    with identity.lock(tmp_path / "key"), pytest.raises(BusyError, match="another everleaf"):
        cleanup(host, node, tmp_path / "pid")
    assert (host.asked, (tmp_path / "pid").exists()) == ([], True)


@pytest.mark.usefixtures("node")
def test_cleanup_of_a_node_without_interface_asks_no_host(tmp_path):
    text = (tmp_path / "node.toml").read_text().replace('name = "mesh0"', 'kind = "none"')
    (tmp_path / "node.toml").write_text(text)
    host = FakeHost("mesh0")
    assert cleanup(host, config.load(tmp_path / "node.toml"), None).interfaces == ()
    assert host.asked == []


def test_cleanup_lets_a_missing_privilege_fly(node):
    with pytest.raises(PermissionDeniedError):
        cleanup(FakeHost(refuses=PermissionDeniedError("may not")), node, None)


def test_cleanup_names_the_file_that_another_must_remove(node, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(
        PermissionDeniedError, match=f"{tmp_path}/admin.sock may not be removed: Operation not permitted"
    ):
        cleanup(FakeHost(), node, None)
