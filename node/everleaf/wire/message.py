"""Messages inside a session: IPv6 packets, and the few questions nodes ask each other.

Wire: kind[1], then an IPv6 packet, or what is asked or answered (a one or two byte code) and the answer's content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from everleaf.errors import WireError
from everleaf.wire.codec import KEY_SIZE

NODE_INFO_MAX = 16384  # bytes of JSON
KEYS_MAX = (65535 - 2) // KEY_SIZE  # keys in one answer


class MessageKind(IntEnum):
    """First byte of a session's message. Dummies, and any other value, are ignored."""

    DUMMY = 0
    PACKET = 1
    PROTOCOL = 2


class Query(IntEnum):
    """What one node may ask another."""

    NODE_INFO = 0  # answered with a JSON object
    SELF = 1  # answered with a JSON object
    PEERS = 2  # answered with keys
    TREE = 3  # answered with keys


# Each query's message up to its content; the answer's last byte is one higher.
_REQUESTS = {
    Query.NODE_INFO: b"\x02\x01",
    Query.SELF: b"\x02\xff\x01",
    Query.PEERS: b"\x02\xff\x03",
    Query.TREE: b"\x02\xff\x05",
}
_RESPONSES = {query: code[:-1] + bytes((code[-1] + 1,)) for query, code in _REQUESTS.items()}


@dataclass(frozen=True, slots=True)
class Request:
    """A question. Whatever follows its code is ignored."""

    query: Query

    def encode(self) -> bytes:
        """The whole message, kind byte included."""
        return _REQUESTS[self.query]


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. It carries no number: only sender and query say what it answers."""

    query: Query
    body: bytes  # JSON, or keys back to back

    def encode(self) -> bytes:
        """The whole message, kind byte included."""
        return _RESPONSES[self.query] + self.body


def decode(message: bytes) -> Request | Response:
    """Read a whole message, kind byte included. Raises WireError for everything that is neither."""
    for query in Query:
        if message.startswith(_REQUESTS[query]):
            return Request(query)
        if message.startswith(_RESPONSES[query]):
            return Response(query, message[len(_RESPONSES[query]) :])
    raise WireError("neither a request nor a response")


def put_keys(keys: Sequence[bytes]) -> bytes:
    """The content of an answer made of keys; those beyond KEYS_MAX are left out."""
    return b"".join(keys[:KEYS_MAX])


def get_keys(body: bytes) -> list[bytes]:
    """The keys of such an answer. Raises WireError when the last one is cut."""
    if len(body) % KEY_SIZE:
        raise WireError(f"{len(body)} bytes are no list of keys")
    return [body[at : at + KEY_SIZE] for at in range(0, len(body), KEY_SIZE)]
