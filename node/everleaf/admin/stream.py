"""Cutting the bytes of one admin connection into requests: JSON objects back to back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from everleaf import gojson
from everleaf.admin.command import json_kind

MAX_REQUEST = 65536  # bytes; the longest honest one is a URI

_SPACE = b" \t\r\n"
_OPENERS, _CLOSERS = b"{[", b"}]"
_SCALARS = b'"-0123456789tfn'  # how the JSON values begin that are no request, but JSON


class MalformedRequest(Exception):  # noqa: N818 - named for what arrived
    """Bytes that are no request. Answer with the text, then close: there is no telling where the next would begin."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, not yet looked up."""

    name: str  # as sent
    arguments: Any  # as sent; {} if not
    keepalive: bool

    def echo(self) -> dict[str, Any]:
        """The request as the answer repeats it."""
        repeated = {"request": self.name, "arguments": self.arguments}
        return repeated | {"keepalive": True} if self.keepalive else repeated


class RequestReader:
    """Bytes in, requests out. After MalformedRequest it is of no more use."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0  # bytes of the buffer whose brackets are counted
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def feed(self, data: bytes) -> None:
        """Take what arrived. Nothing is lost, but no more than two requests' worth should be fed at once."""
        self._buffer += data

    def next_request(self) -> Request | None:
        """The next whole request, or None until more is fed. Raises MalformedRequest."""
        if not self._scanned:
            self._buffer = self._buffer.lstrip(_SPACE)
        end = self._end_of_value()
        if (end or len(self._buffer)) > MAX_REQUEST:
            raise MalformedRequest(f"request is longer than {MAX_REQUEST} bytes")
        if not end:
            return None
        value = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._scanned = 0
        return _decode(value)

    def finish(self) -> None:
        """The other side sends no more. Raises MalformedRequest if it stopped in the middle of a request."""
        if self._buffer.strip(_SPACE):
            raise MalformedRequest("failed to find request")

    def _end_of_value(self) -> int:
        """Length of the first value in the buffer, which begins without white space; 0 while it is not whole."""
        if not self._buffer:
            return 0
        if self._buffer[0] in _SCALARS:
            rest = self._buffer.translate(bytes.maketrans(_SPACE, b"    ")).partition(b" ")
            return len(rest[0]) if rest[1] else 0
        if self._buffer[0] not in _OPENERS:
            raise MalformedRequest("failed to find request")
        while self._scanned < len(self._buffer):
            byte = self._buffer[self._scanned]
            self._scanned += 1
            if self._ends_with(byte):
                return self._scanned
        return 0

    def _ends_with(self, byte: int) -> bool:
        """Count one more byte; whether it closes the outermost bracket."""
        if self._escaped:
            self._escaped = False
        elif self._in_string:
            self._escaped = byte == ord("\\")
            self._in_string = byte != ord('"')
        elif byte == ord('"'):
            self._in_string = True
        elif byte in _OPENERS:
            self._depth += 1
        elif byte in _CLOSERS:
            self._depth -= 1
            return self._depth == 0
        return False


def _decode(data: bytes) -> Request:
    try:
        value = gojson.decode(data.decode(errors="replace"))
    except ValueError:
        raise MalformedRequest("failed to find request") from None
    if not isinstance(value, dict):
        raise MalformedRequest("failed to unmarshal request")
    fields = {name.lower(): item for name, item in value.items()}
    name, keepalive = fields.get("request"), fields.get("keepalive")
    if json_kind(name) not in ("string", "null") or json_kind(keepalive) not in ("bool", "null"):
        raise MalformedRequest("failed to unmarshal request")
    return Request(name or "", fields.get("arguments", {}), bool(keepalive))
