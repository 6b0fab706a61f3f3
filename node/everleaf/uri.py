"""Link URIs: `tls://host:9001?key=...` names a peer, `tls://[::]:9001?password=...` a place to listen.

Parsed by the reference's rules, so that both accept the same text and understand the same by it. Where the reference
would drop a malformed parameter without a word, or fail at every dial, this refuses the URI at once.
"""

from __future__ import annotations

import binascii
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, unquote_to_bytes

SUPPORTED = frozenset({"tcp", "tls", "unix"})
LATER = frozenset({"quic", "ws", "wss", "socks", "sockstls"})  # understood here, not spoken yet
DIAL_ONLY = frozenset({"wss", "socks", "sockstls"})

_OF_LISTENERS = ("password", "priority")
_OF_PEERS = ("key", *_OF_LISTENERS, "maxbackoff", "sni")
_KEY_SIZE = 32  # bytes

PASSWORD_MAX = 64  # bytes; a BLAKE2b key
MIN_BACKOFF = 5.0  # seconds
MAX_PRIORITY = 255

_MAX_SECONDS = (2**63 - 1) / 1e9  # the reference counts nanoseconds in 64 bits
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}

_URI = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.ASCII | re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:.*@)?(?:\[([^]%]*)(?:%25([^]%]+))?]|([^]:@[]*)):([0-9]{1,5})")
_HOST_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?")
_DURATION = re.compile(r"\+?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+")
_DURATION_PART = re.compile(r"([0-9.]+)([a-zµμ]+)")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|;")


class UriError(ValueError):
    """A text that is no usable link URI: what is wrong, in the reference's words, and what to do."""

    def __init__(self, problem: str, fix: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix


@dataclass(frozen=True, slots=True)
class LinkURI:
    """One peer to dial, or one place to listen."""

    scheme: str  # lower case
    host: str  # name or address without brackets; empty for unix, and to listen on every address
    tcp_port: int  # 0 for unix, and to listen on any free one
    path: str  # decoded; the socket's for unix
    keys: tuple[bytes, ...]  # one of them must be the peer's; any key will do if empty
    priority: int  # our side's; lower is preferred
    password: bytes = field(repr=False)
    max_backoff: float | None  # seconds; upper limit of the redial wait
    sni: str  # TLS server name, if it is not to be `host`
    zone: str  # interface of a link-local `host`
    text: str  # without parameters: what a peer is known by
    original: str = field(repr=False)  # as given, secrets included

    @property
    def supported(self) -> bool:
        """Whether this release has the transport."""
        return self.scheme in SUPPORTED

    def doubts(self, *, listen: bool = False) -> list[str]:
        """What is accepted, as by the reference, and hardly meant: a sentence each. It quotes nothing secret."""
        given = _parameters(_split(self.original)[3])
        known = _OF_LISTENERS if listen else _OF_PEERS
        lengths = [2 * len(key) for key in self.keys if len(key) != _KEY_SIZE]
        return [
            *(_doubt(name, given[name], known) for name in given if name and name not in known),
            *(f"key= has {digits} hex digits, a public key has {2 * _KEY_SIZE}: nobody has it" for digits in lengths),
        ]

    @classmethod
    def parse(cls, text: str, *, listen: bool = False) -> LinkURI:
        """Read a URI to dial, or to `listen` on; parameters that then mean nothing are ignored. Raises UriError."""
        scheme, authority, raw_path, query = _split(text)
        if listen and scheme in DIAL_ONLY:
            raise UriError(f"{scheme} links cannot be listened on", "listen on tcp, tls or unix")
        path = unquote(raw_path, errors="surrogateescape")
        host, zone, port = _unix(authority, path) if scheme == "unix" else _endpoint(authority, listen)
        given = _parameters(query)
        return cls(
            scheme=scheme,
            host=host,
            tcp_port=port,
            path=path,
            keys=() if listen else tuple(map(_key, given.get("key", []))),
            priority=_priority(_first(given, "priority")),
            password=_password(_first(given, "password")),
            max_backoff=None if listen else _max_backoff(_first(given, "maxbackoff")),
            sni="" if listen else _sni(_first(given, "sni")),
            zone=zone,
            text=f"{scheme}://{authority}{raw_path}",
            original=text,
        )


def _unparsable(problem: str, fix: str) -> UriError:
    return UriError(f"unable to parse peering URI: {problem}", fix)


def _split(text: str) -> tuple[str, str, str, str]:
    """Scheme, authority, path and query."""
    if not text.isprintable():
        raise _unparsable("it has characters that cannot be printed", "write them as % and two hex digits")
    found = _URI.fullmatch(text)
    if not found and ":" in text:
        raise _unparsable("it has no scheme", "begin with tcp://, tls:// or unix://")
    if not found or found[1].lower() not in SUPPORTED | LATER:
        raise UriError("link schema unknown", f"use one of {', '.join(sorted(SUPPORTED))}")
    return found[1].lower(), found[2], found[3], found[4] or ""


def _unix(authority: str, path: str) -> tuple[str, str, int]:
    """Host, zone and TCP port of a unix link: none."""
    if authority or len(path) < 2 or "\0" in path:
        raise _unparsable("it has no absolute path", "write unix:///path, with three slashes")
    return "", "", 0


def _endpoint(authority: str, listen: bool) -> tuple[str, str, int]:
    """Host, zone and TCP port."""
    found = _AUTHORITY.fullmatch(authority)
    if not found:
        raise _unparsable("it has no host and port", "write HOST:PORT, or [ADDRESS]:PORT, or [ADDRESS%25ZONE]:PORT")
    address, zone, name, port = found[1], found[2] or "", found[3], int(found[4])
    if port > 65535 or not (port or listen):
        raise _unparsable(f"{port} is no TCP port", "write a number of 1 to 65535")
    if address and not _is_ip(address):
        raise _unparsable(f"{address} is no IPv6 address", "keep brackets for IPv6 addresses")
    if name and not _HOST_NAME.fullmatch(name):
        raise _unparsable(f'"{name}" is no host name', "write letters, digits and hyphens between dots")
    if not (address or name or listen):
        raise _unparsable("it has no host", "write HOST:PORT")
    return address or name or "", zone, port


def _parameters(query: str) -> dict[str, list[bytes]]:
    """Every value of each parameter, decoded."""
    bad = _BAD_ESCAPE.search(query)
    if bad:
        raise _unparsable(f'"{bad[0]}" stands alone in a parameter', "write % as %25 and ; as %3B")
    given: dict[str, list[bytes]] = {}
    for pair in query.replace("+", " ").split("&"):
        name, _, value = pair.partition("=")
        given.setdefault(unquote(name), []).append(unquote_to_bytes(value))
    return given


def _first(given: dict[str, list[bytes]], name: str) -> bytes:
    return given.get(name, [b""])[0]


def _key(digits: bytes) -> bytes:
    """A pinned key. One of another length than a key's is accepted, as by the reference, and matches nobody."""
    try:
        return binascii.unhexlify(digits)
    except ValueError as error:
        raise UriError("pinned public key is invalid", "key= takes the 64 hex digits of the peer's key") from error


def _doubt(name: str, values: list[bytes], known: Sequence[str]) -> str:
    if name == "key":
        return "key= means nothing where others connect; peering.allowed_keys says who may"
    which = f"{name}=" if any(values) else "a parameter without a value"
    return f"{which} means nothing here; known are {', '.join(known)}"


def _priority(digits: bytes) -> int:
    if not digits:
        return 0
    priority = int(digits) if digits.isdigit() and len(digits) <= 32 else -1
    if not 0 <= priority <= MAX_PRIORITY:
        raise UriError("priority value is invalid", f"priority= takes a number of 0 to {MAX_PRIORITY}")
    return priority


def _password(password: bytes) -> bytes:
    if len(password) > PASSWORD_MAX:
        raise UriError("invalid password supplied", f"password= takes at most {PASSWORD_MAX} bytes")
    return password


def _max_backoff(value: bytes) -> float | None:
    if not value:
        return None
    seconds = _seconds(value.decode(errors="replace"))
    if not MIN_BACKOFF <= seconds <= _MAX_SECONDS:
        raise UriError("max backoff duration invalid", "maxbackoff= takes a time such as 30s or 1h30m, at least 5s")
    return seconds


def _seconds(duration: str) -> float:
    """A duration as Go writes it, such as 1h30m; 0 for anything else."""
    if not _DURATION.fullmatch(duration):
        return 0
    return sum(float(number) * _UNITS[unit] for number, unit in _DURATION_PART.findall(duration))


def _sni(value: bytes) -> str:
    """A server name; an address is not one and is ignored."""
    name = value.decode(errors="replace")
    if not name or _is_ip(name):
        return ""
    if not _HOST_NAME.fullmatch(name):
        raise UriError("server name is invalid", "sni= takes a host name")
    return name


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
