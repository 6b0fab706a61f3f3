"""What the selftest says of TLS that goes wrong on the way."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack, suppress
from threading import Thread

import pytest

from everleaf.cli import main

HANDSHAKE, DATA = 400, 4000  # places in what the listening side sends: within its certificate, within the frame


def carry(source: socket.socket, target: socket.socket, spoiled: int) -> None:
    """Everything from one to the other, but for one bit of the byte at `spoiled`."""
    done = 0
    with suppress(OSError):  # the core hangs up on what it does not understand
        while data := bytearray(source.recv(65536)):
            if done <= spoiled < done + len(data):
                data[spoiled - done] ^= 1
            done += len(data)
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def spoil(monkeypatch):
    """Put a wire that spoils a byte of what the second end sends between the ends of the next socket pair."""
    with ExitStack() as stack:

        def install(place: int) -> None:
            (client, near), (far, server) = socket.socketpair(), socket.socketpair()
            stack.enter_context(near)
            stack.enter_context(far)
            for words in ((near, far, -1), (far, near, place)):
                thread = Thread(target=carry, args=words)
                thread.start()
                stack.callback(thread.join)
            monkeypatch.setattr("socket.socketpair", lambda: (client, server))

        yield install


def verdict(capsys) -> str:
    code = main(["selftest", "--json"])
    verdicts = json.loads(capsys.readouterr().out)
    assert code == int(verdicts["tls"] != "ok")
    assert {said for name, said in verdicts.items() if name != "tls"} == {"ok"}
    return verdicts["tls"]


def test_tls_is_good_over_a_wire_that_changes_nothing(spoil, capsys):
    spoil(-1)
    assert verdict(capsys) == "ok"


@pytest.mark.parametrize("place", [HANDSHAKE, DATA])
def test_byte_that_does_not_decrypt_is_told(spoil, capsys, place):
    spoil(place)
    assert "bad record mac" in verdict(capsys)


def test_end_that_never_answers_is_told(monkeypatch, capsys):
    (client, near), (far, server) = socket.socketpair(), socket.socketpair()
    monkeypatch.setattr("socket.socketpair", lambda: (client, server))
    monkeypatch.setattr("everleaf.cli.selftest._PATIENCE", 0.0)
    with near, far:
        assert verdict(capsys) == "a link is silent for 0 s"
