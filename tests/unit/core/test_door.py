"""The door to Python: types, lengths and ranges are refused here, never further down; nothing is leaked on the way."""

from __future__ import annotations

import errno
import os
import re
import select
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from everleaf import _core

ROOT = Path(__file__).parents[3]
KEY = bytes(32)


@pytest.fixture
def core() -> Iterator[_core.Core]:
    core = _core.Core(_core.Identity(KEY), workers=1)
    yield core
    core.stop()


def shared() -> _core.SharedKey:
    key = _core.BoxKey(b"\x05" * 32).shared(_core.BoxKey(b"\x06" * 32).public)
    assert key is not None
    return key


BAD_CALLS: dict[str, Callable[[_core.Core], object]] = {
    "seed of 31 bytes": lambda _: _core.Identity(bytes(31)),
    "private key of 33 bytes": lambda _: _core.BoxKey(bytes(33)),
    "their key of 31 bytes": lambda _: _core.box_key().shared(bytes(31)),
    "signature of 63 bytes": lambda _: _core.verify(KEY, b"", bytes(63)),
    "blake2b key of 65 bytes": lambda _: _core.blake2b(b"", bytes(65)),
    "random of -1": lambda _: _core.random(-1),
    "cipher without a tag": lambda _: _core.tls_vector("AES-128-CBC"),
    "algorithm that nobody has": lambda _: _core.tls_vector("nosuch"),
    "next key of 31 bytes": lambda _: _core.seal(shared(), 0, 0, 0, bytes(31), b""),
    "frame length 0": lambda _: _core.split(b"\0"),
    "too deep a place": lambda _: _core.next_hop([1] * 5000, [], [], 0),
    "path key of 33 bytes": lambda core: core.set_path(bytes(33), []),
    "queue source of 1 byte": lambda core: core.queue(1, b"\x07", b"s", KEY),
    "workers -1": lambda _: _core.Core(_core.Identity(KEY), workers=-1),
    "session key of 31 bytes": lambda core: core.install_keys(bytes(31), 0, 0, shared(), KEY, False, []),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_bad_value_is_a_value_error(core: _core.Core, name: str) -> None:
    with pytest.raises(ValueError, match=r"bytes|Invalid|Argument list|length|fit|no digest or AEAD"):
        BAD_CALLS[name](core)


BAD_TYPES: dict[str, Callable[[_core.Core], object]] = {
    "str as seed": lambda _: _core.Identity("x" * 32),  # type: ignore[arg-type]
    "bytes as shared key": lambda _: _core.open(KEY, b""),  # type: ignore[arg-type]
    "bytes as identity": lambda _: _core.Core(KEY),  # type: ignore[arg-type]
    "hop that is a list": lambda core: core.publish([], [[(1,), 1, 1, 1]]),  # type: ignore[list-item]
    "hop of three": lambda core: core.publish([], [((1,), 1, 1)]),  # type: ignore[list-item]
    "port that is a str": lambda core: core.set_path(KEY, ["1"]),  # type: ignore[list-item]
    "hops and then a bad path": lambda _: _core.next_hop((), [((1, 2), 1, 1, 1)], 5, 0),  # type: ignore[arg-type]
    "receive row without a key": lambda core: core.install_keys(
        KEY,
        0,
        0,
        shared(),
        KEY,
        False,
        [(0, 0, KEY, True)],  # type: ignore[list-item]
    ),
    "SharedKey made by hand": lambda _: _core.SharedKey(),
}


@pytest.mark.parametrize("name", BAD_TYPES)
def test_bad_type_is_a_type_error(core: _core.Core, name: str) -> None:
    with pytest.raises(TypeError):
        BAD_TYPES[name](core)


@pytest.mark.parametrize("value", [-1, 2**64])
def test_number_outside_64_bits_is_an_overflow_error(core: _core.Core, value: int) -> None:
    for call in (
        lambda: _core.ReplayWindow().accept(value),
        lambda: core.set_path(KEY, [1, value]),
        lambda: core.publish([value], []),
        lambda: core.admit(value),
    ):
        with pytest.raises(OverflowError):
            call()


def test_ports_may_fill_64_bits(core: _core.Core) -> None:
    far = [1, 2**64 - 1]
    core.publish(far, [((2**64 - 1,), 1, 2**40, 0)])
    core.set_path(KEY, far)
    assert _core.next_hop((), [(far, 5, 1, 0)], far, 2**64 - 1) == (5, 2)


def test_links_that_are_gone_are_ignored(core: _core.Core) -> None:
    core.greet(77, b"x")
    core.admit(77)
    core.trust(77)
    core.drop_link(77)
    core.send(77, b"\x02")
    core.queue(77, b"\x07", KEY, KEY)
    assert core.link_counters(77) is None


def test_descriptor_is_owned_even_when_refused(core: _core.Core) -> None:
    for attach in (
        lambda fd: core.attach_link(fd, tls="both"),
        lambda fd: core.attach_tun(fd, -1),
        lambda fd: core.attach_tun(fd, 1280, framing="token ring"),
        lambda fd: core.attach_tun(fd, 1280, framing="family", family=-1),
        lambda fd: core.attach_tun(fd, 1280, vnet_header=13),
    ):
        near, far = socket.socketpair()
        with near, far:
            with pytest.raises(ValueError, match=r"tls is|Invalid"):
                attach(os.dup(near.fileno()))
            near.close()
            assert far.recv(1) == b""  # the copy is closed too


def test_carrier_this_system_has_not_is_refused_and_keeps_its_handle(core: _core.Core) -> None:
    for carrier in ("wintun", "tap-windows"):
        with pytest.raises(OSError, match="not supported"):
            core.attach_tun(1 << 40, 1280, carrier=carrier)


def test_device_is_what_its_words_say(core: _core.Core) -> None:
    """Ours and the host's MAC around a packet, and a frame of control as it is."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with far:
        core.attach_tun(near.detach(), 1280, carrier="file", framing="ethernet", family=0, vnet_header=10)
        core.set_host_mac(bytes(range(6)))
        core.write_packet(b"\x60" + bytes(39))
        core.write_frame(b"whole frame")
        assert far.recv(100) == bytes(10) + bytes(range(6)) + b"\2\0\0\0\0\2\x86\xdd\x60" + bytes(39)
        assert far.recv(100) == bytes(10) + b"whole frame"
    with pytest.raises(ValueError, match="5 bytes where 6 belong"):
        core.set_host_mac(bytes(5))


def test_recv_is_empty_and_fileno_quiet_when_nothing_happened(core: _core.Core) -> None:
    assert core.recv() == core.recv(limit=0) == []
    assert select.select([core.fileno()], [], [], 0)[0] == []


def test_event_carries_what_its_kind_uses(core: _core.Core) -> None:
    before = _core.monotonic()
    near, far = socket.socketpair()
    with far:
        near.setblocking(False)
        link = core.attach_link(near.detach())
        assert select.select([core.fileno()], [], [], 5)[0]
        event = core.recv()[0]
    assert (event.kind, event.link, event.key, event.data) == (_core.LINK_READY, link, b"", b"")
    assert before <= event.at <= _core.monotonic()


def test_names_are_those_of_the_stub() -> None:
    """Every public name in _core.pyi exists, with the keyword names the stub gives."""
    stub = (ROOT / "node" / "everleaf" / "_core.pyi").read_text(encoding="utf-8")
    names = set(re.findall(r"^(?:class|def) (\w+)|^([A-Z_]+): Final", stub, re.MULTILINE))
    flat = {first or second for first, second in names}
    assert flat == {name for name in dir(_core) if not name.startswith("__")}
    methods = set(re.findall(r"^    def ([a-z]\w*)\(", stub, re.MULTILINE))
    offered = {name for kind in vars(_core).values() if isinstance(kind, type) for name in dir(kind)}
    assert methods <= offered


def test_keyword_names_work(core: _core.Core) -> None:
    core.set_path(key=KEY, path=(1,))
    core.install_keys(
        key=KEY,
        local_seq=1,
        remote_seq=2,
        send=shared(),
        next_public=KEY,
        keep_nonce=True,
        receive=[(1, 2, shared(), True)],
    )
    core.drop_keys(key=KEY)
    core.drop_path(key=KEY)
    assert _core.next_hop(coords=(), hops=[], path=(), watermark=0) is None


def test_only_the_door_knows_python() -> None:
    """Python.h is included by module.h alone, and that by module*.c alone."""
    core = ROOT / "node" / "core"
    knows = {path.name for path in core.glob("*.[ch]") if "<Python.h>" in path.read_text(encoding="utf-8")}
    enters = {path.name for path in core.glob("*.[ch]") if '"module.h"' in path.read_text(encoding="utf-8")}
    assert knows == {"module.h"}
    assert all(re.fullmatch(r"module\w*\.c", name) for name in enters)


@pytest.mark.parametrize("name", [*BAD_CALLS, *BAD_TYPES])
def test_failed_calls_leak_nothing(core: _core.Core, name: str) -> None:
    """A second hundred of the same failures allocates no blocks of Python's that the first did not."""
    call = {**BAD_CALLS, **BAD_TYPES}[name]

    def hundred() -> int:
        for _ in range(100):
            try:
                call(core)
            except (TypeError, ValueError):
                continue
        return sys.getallocatedblocks()

    hundred()
    before = hundred()
    assert hundred() - before < 50


def test_stop_twice_is_harmless_and_calls_after_it_too(core: _core.Core) -> None:
    core.stop()
    core.stop()
    core.drop_link(1)
    assert core.recv() == []
    near, far = socket.socketpair()
    with far:
        with pytest.raises(OSError) as caught:  # noqa: PT011 - the number is checked below
            core.attach_link(near.detach())
        assert caught.value.errno == errno.ESHUTDOWN
        assert far.recv(1) == b""
