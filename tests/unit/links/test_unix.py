"""Socket files: a stale one is replaced, one in use is refused."""

import asyncio
import errno
import socket
import sys

import pytest

from everleaf.links.unix import dial, listen_at
from everleaf.uri import LinkURI


def test_listen_replaces_a_socket_file_nobody_serves(tmp_path):
    path = tmp_path / "link.sock"
    left_behind = socket.socket(socket.AF_UNIX)
    left_behind.bind(str(path))
    left_behind.close()
    listener = asyncio.run(listen_at(path))
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(path))
    client.close()
    listener.close()


def test_listen_refuses_a_socket_file_in_use(tmp_path):
    path = tmp_path / "link.sock"
    owner = socket.socket(socket.AF_UNIX)
    owner.bind(str(path))
    owner.listen()
    with pytest.raises(OSError, match="in use"):
        asyncio.run(listen_at(path))
    assert path.exists()
    owner.close()


def test_listen_never_replaces_a_plain_file(tmp_path):
    path = tmp_path / "precious"
    path.write_text("keep me")
    with pytest.raises(OSError, match="in use"):
        asyncio.run(listen_at(path))
    assert path.read_text() == "keep me"


def test_windows_python_has_none_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    for attempt in (listen_at(tmp_path / "link.sock"), dial(LinkURI.parse("unix:///link.sock"), "")):
        with pytest.raises(OSError, match="no UNIX sockets on this system") as caught:
            asyncio.run(attempt)
        assert caught.value.errno == errno.EAFNOSUPPORT
