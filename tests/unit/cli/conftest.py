"""A node that answers on a real UNIX socket, made of the real API and a fake view."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

import pytest

from everleaf.admin import api
from everleaf.admin.stream import RequestReader
from unit.admin.fake_view import FakeView
from unit.admin.test_api import run


@pytest.fixture
def serve(tmp_path):
    """Call with a view; gives the endpoint where it answers until the end of the test."""
    with contextlib.ExitStack() as stack:

        def start(view: FakeView) -> str:
            path = tmp_path / "admin.sock"
            listening = stack.enter_context(socket.socket(socket.AF_UNIX))
            listening.bind(str(path))
            listening.listen()
            thread = threading.Thread(target=_answer_all, args=(listening, view), daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(listening.shutdown, socket.SHUT_RDWR)
            return f"unix://{path}"

        yield start


def _answer_all(listening: socket.socket, view: FakeView) -> None:
    with contextlib.suppress(OSError):  # the fixture shuts the socket down
        while True:
            connection, _ = listening.accept()
            with connection:
                reader = RequestReader()
                while not (request := reader.next_request()):
                    reader.feed(connection.recv(4096))
                connection.sendall(run(api.answer(view, request)).encode())


@pytest.fixture
def config(tmp_path) -> Path:
    """A good configuration, in a file."""
    path = tmp_path / "node.toml"
    path.write_text('[peering]\nlisten = ["tls://[::]:9001"]\n')
    return path
