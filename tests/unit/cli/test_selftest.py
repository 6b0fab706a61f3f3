"""What the selftest says of an OpenSSL that computes something else, and of TLS that goes wrong on the way."""

from __future__ import annotations

import hashlib
import json
import socket
from contextlib import ExitStack, suppress
from threading import Thread

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from everleaf import _core
from everleaf.cli import main, selftest

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


def verdict(capsys, check: str = "tls") -> str:
    """Of that check. All others are content."""
    code = main(["selftest", "--json"])
    verdicts = json.loads(capsys.readouterr().out)
    assert code == int(verdicts[check] != "ok")
    assert {said for name, said in verdicts.items() if name != check} == {"ok"}
    return verdicts[check]


def test_known_answers_are_those_of_another_library():
    message = bytes(byte & 255 for byte in range(1000))
    ciphers = {
        "AES-128-GCM": AESGCM(message[:16]),
        "AES-256-GCM": AESGCM(message[:32]),
        "ChaCha20-Poly1305": ChaCha20Poly1305(message[:32]),
    }
    answers = {name: cipher.encrypt(bytes(12), message, None)[-16:] for name, cipher in ciphers.items()}
    answers |= {f"SHA2-{bits}": hashlib.new(f"sha{bits}", message).digest() for bits in (256, 384)}
    assert {name: _core.tls_vector(name) for name in answers} == answers
    assert {name: answer.hex()[:16] for name, answer in answers.items()} == selftest._TLS_VECTORS


def test_algorithm_that_computes_something_else_is_told(monkeypatch, capsys):
    wrong = "00" * 8
    monkeypatch.setitem(selftest._TLS_VECTORS, "AES-256-GCM", wrong)
    assert verdict(capsys, "openssl") == f"AES-256-GCM is '5036855fba957b72', not '{wrong}'"


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
