"""The fake cryptography keeps the real one's contract: one set of tests for both."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from everleaf import _core
from everleaf.control.crypto import BoxKey, Crypto, Identity
from sim.crypto import FakeBoxKey, FakeCrypto, FakeIdentity


class Kit:
    """One kind of cryptography."""

    def __init__(self, crypto: Crypto, identity: Callable[[bytes], Identity], box_key: Callable[[bytes], BoxKey]):
        self.crypto = crypto
        self.identity = identity
        self.box_key = box_key


@pytest.fixture(params=["fake", "core"])
def kit(request: pytest.FixtureRequest) -> Kit:
    if request.param == "fake":
        return Kit(FakeCrypto(1), FakeIdentity, FakeBoxKey)
    return Kit(_core, _core.Identity, _core.BoxKey)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_signature_is_deterministic_and_verifies(kit: Kit) -> None:
    alice = kit.identity(b"a" * 32)
    signature = alice.sign(b"message")
    assert (len(alice.public), len(signature)) == (32, 64)
    assert signature == kit.identity(b"a" * 32).sign(b"message")
    assert kit.crypto.verify(alice.public, b"message", signature)


def test_tampered_message_signature_or_key_does_not_verify(kit: Kit) -> None:
    alice, bob = kit.identity(b"a" * 32), kit.identity(b"b" * 32)
    signature = alice.sign(b"message")
    assert not kit.crypto.verify(alice.public, b"massage", signature)
    assert not kit.crypto.verify(alice.public, b"message", flipped(signature, 5))
    assert not kit.crypto.verify(bob.public, b"message", signature)


def test_both_ends_share_a_key_that_opens_nothing_else(kit: Kit) -> None:
    one, two, three = (kit.box_key(bytes([n]) * 32) for n in (1, 2, 3))
    assert len(one.public) == 32
    assert len({one.public, two.public, three.public}) == 3
    assert one.shared(two.public) is not None
    assert one.shared(bytes(32)) is None


def test_box_for_an_identity_opens_there_only(kit: Kit) -> None:
    alice, bob = kit.identity(b"a" * 32), kit.identity(b"b" * 32)
    ephemeral = kit.crypto.box_key()
    box = ephemeral.seal_to(alice.public, b"plain")
    assert box is not None
    assert len(box) == 16 + 5
    assert alice.open_box(ephemeral.public, box) == b"plain"
    assert bob.open_box(ephemeral.public, box) is None
    assert alice.open_box(ephemeral.public, flipped(box, 20)) is None
    assert alice.open_box(kit.crypto.box_key().public, box) is None


def test_hashes_and_dice(kit: Kit) -> None:
    assert (len(kit.crypto.blake2b(b"", b"")), len(kit.crypto.sha256(b""))) == (64, 32)
    assert kit.crypto.blake2b(b"m", b"k") == FakeCrypto(2).blake2b(b"m", b"k")
    assert len(kit.crypto.random(8)) == 8
    assert kit.crypto.random(16) != kit.crypto.random(16)


def test_fake_dice_fall_as_the_seed_says() -> None:
    assert FakeCrypto(7).random(16) == FakeCrypto(7).random(16) != FakeCrypto(8).random(16)
