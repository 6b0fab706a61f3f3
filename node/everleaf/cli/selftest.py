"""`everleaf selftest`: is this build good? It refuses what a wrong compiler, library or packaging would break."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from everleaf.cli.command import Command, add_json, put, put_json

if TYPE_CHECKING:
    from everleaf._core import Core

# RFC 8032, section 7.1, test 1: an empty message.
_SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
_PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
_SIGNATURE = bytes.fromhex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
)
# SHA-256, in part, of NaCl's crypto_box: 4 KiB of zeros, nonce 3, between the keys 00 01 .. 1f and 01 02 .. 20.
_SEALED = "4fd6494713e1d6b9"
_ADDRESS = "200:514a:cffc:fa9d:ea90:5568:258:6d37"
# What OpenSSL makes of known bytes (`_core.tls_vector`): the first eight of its answer.
_TLS_VECTORS = {
    "AES-128-GCM": "4d1dbb09a80c10bf",
    "AES-256-GCM": "5036855fba957b72",
    "ChaCha20-Poly1305": "9710316f2869d999",
    "SHA2-256": "a8af099bf2e87860",
    "SHA2-384": "cfe84a17cb1c1c9d",
}
# What goes over TLS: the shortest greeting, and a control frame of some kilobytes in which no byte is like the next.
_GREETING = b"meta" + (64).to_bytes(2, "big") + bytes(64)
_FRAME = b"\x02" + bytes(range(256)) * 24
_PATIENCE = 60.0  # seconds without news; an emulated CPU needs one for the handshake


class _CheckError(Exception):
    """What a check found."""


def _expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise _CheckError(f"{what} is {found!r}, not {wanted!r}")


def _check_core() -> None:
    from everleaf import _core

    _expect("libraries", sorted(_core.LIBRARIES), ["libsodium", "openssl"])


def _check_signatures() -> None:
    from everleaf import _core

    key = _core.Identity(_SEED)
    _expect("public key", key.public.hex(), _PUBLIC.hex())
    _expect("signature", key.sign(b"").hex(), _SIGNATURE.hex())
    _expect("good signature", _core.verify(_PUBLIC, b"", _SIGNATURE), True)
    _expect("signature of another message", _core.verify(_PUBLIC, b"x", _SIGNATURE), False)


def _check_sealing() -> None:
    from everleaf import _core

    ours, theirs = _core.BoxKey(), _core.BoxKey()
    send, receive = ours.shared(theirs.public), theirs.shared(ours.public)
    if send is None or receive is None:
        raise _CheckError("two fresh keys share no secret")
    sealed = _core.seal(send, 1, 2, 3, bytes(32), b"message")
    _expect("opened packet", _core.open(receive, sealed), (1, 2, 3, bytes(32), b"message"))
    _expect("opened forgery", _core.open(receive, sealed[:-1] + bytes([sealed[-1] ^ 1])), None)


def _check_cipher() -> None:
    from everleaf import _core

    key = _core.BoxKey(bytes(range(32))).shared(_core.BoxKey(bytes(range(1, 33))).public)
    if key is None:
        raise _CheckError("two known keys share no secret")
    _expect("sealed packet", _core.sha256(_core.seal(key, 1, 2, 3, bytes(32), bytes(4096))).hex()[:16], _SEALED)


def _check_openssl() -> None:
    """Before it speaks with itself: two ends that compute the same wrong thing would understand each other."""
    from everleaf import _core

    for algorithm, answer in _TLS_VECTORS.items():
        _expect(algorithm, _core.tls_vector(algorithm).hex()[:16], answer)


def _check_tls() -> None:
    """A core's two links to each other, from the handshake to data both ways."""
    import socket

    from everleaf import _core

    near, far = socket.socketpair()
    with near, far:
        core = _core.Core(_core.Identity(_SEED), workers=1)
        try:
            client, server = core.attach_link(near.detach(), tls="client"), core.attach_link(far.detach(), tls="server")
            _expect("keys in certificates", _told(core, _core.LINK_READY), {client: _PUBLIC, server: b""})
            for link in (client, server):
                core.greet(link, _GREETING)
            _expect("greetings over TLS", _told(core, _core.GREETING), {client: _GREETING, server: _GREETING})
            for link in (client, server):
                core.admit(link)
                core.send(link, _FRAME)
            for frame in _told(core, _core.FRAME).values():
                _expect("frame over TLS", _core.blake2b(frame, b"").hex()[:16], _core.blake2b(_FRAME, b"").hex()[:16])
        finally:
            core.stop()


def _told(core: Core, kind: int) -> dict[int, bytes]:
    """The data of the event of that kind that each of the two links must have."""
    import select

    from everleaf import _core

    found: dict[int, bytes] = {}
    while len(found) < 2:
        if not select.select([core.fileno()], [], [], _PATIENCE)[0]:
            raise _CheckError(f"a link is silent for {_PATIENCE:g} s")
        for event in core.recv():
            if event.kind == _core.LINK_CLOSED:
                raise _CheckError(event.data.decode())
            if event.kind == kind:
                found[event.link] = event.data
    return found


def _check_hashes() -> None:
    from everleaf import _core

    _expect("SHA-256", _core.sha256(b"abc").hex()[:16], "ba7816bf8f01cfea")
    _expect("BLAKE2b", _core.blake2b(b"abc", b"").hex()[:16], "ba80a53f981c4d0d")


def _check_forwarding() -> None:
    from everleaf import _core

    hops = [((1,), 7, 1, 1), ((2,), 8, 1, 2)]
    _expect("next hop", _core.next_hop((), hops, (2, 3), 100), (8, 2))
    window = _core.ReplayWindow()
    _expect("replay window", [window.accept(1), window.accept(1), window.accept(2)], [True, False, True])


def _check_addresses() -> None:
    from everleaf.address import address_of, text

    _expect("address", text(address_of(_PUBLIC)), _ADDRESS)


def _check_host() -> None:
    from everleaf.host import Kind, this_host

    if this_host().mtu_ceiling(Kind.TUN) < 1280:
        raise _CheckError("this system's backend carries no IPv6")


def _check_daemon() -> None:
    import everleaf.daemon.main
    import everleaf.links  # noqa: F401 - that they load is the test


def _check_platforms() -> None:
    from everleaf.platform import managers, platforms
    from everleaf.platform.service import service

    made = [service(home, by) for home in platforms().values() for by in managers().values() if by.starts_on(home)]
    if len({each.manager for each in made}) < len(managers()):
        raise _CheckError("a service manager has no platform")
    if any(not file.content.strip() for each in made for file in each.files):
        raise _CheckError("a service file is empty")


_CHECKS: dict[str, Callable[[], None]] = {
    "core": _check_core,
    "signatures": _check_signatures,
    "sealing": _check_sealing,
    "cipher": _check_cipher,
    "openssl": _check_openssl,
    "tls": _check_tls,
    "hashes": _check_hashes,
    "forwarding": _check_forwarding,
    "addresses": _check_addresses,
    "host": _check_host,
    "daemon": _check_daemon,
    "platforms": _check_platforms,
}


def _run(options: Namespace) -> int:
    found = {name: _verdict(check) for name, check in _CHECKS.items()}
    if options.json:
        put_json(found)
    else:
        put("\n".join(f"{name:<12}{verdict}" for name, verdict in found.items()))
    return int(any(verdict != "ok" for verdict in found.values()))


def _verdict(check: Callable[[], None]) -> str:
    """ "ok", or what is wrong: any surprise in here is a finding about the build."""
    try:
        check()
    except Exception as error:
        return f"{type(error).__name__}: {error}" if not isinstance(error, _CheckError) else str(error)
    return "ok"


def _arguments(parser: ArgumentParser) -> None:
    add_json(parser)


COMMAND = Command("selftest", "Check this build: core, vectors, TLS, backends, templates.", _arguments, _run)
