"""How a key looks where it must not be seen."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

from everleaf.identity import parse

_HALF = 16  # bytes: of a text that was cut, one half is left whole


def seen(text: bytes, keys: Iterable[str]) -> list[str]:
    """The forms in which `text` shows one of the keys, of each the file's whole content."""
    plain = text.replace(b"-", b"+").replace(b"_", b"/")  # the other alphabet of base64
    return [name for key in keys for name, form in _forms(key) if form in text or form in plain or form in text.lower()]


def _forms(pem: str) -> Iterator[tuple[str, bytes]]:
    with parse(pem.encode()) as key:
        seed = bytes(key)
    for half in (seed[:_HALF], seed[_HALF:]):
        yield "raw", half
        yield "hex", half.hex().encode()
        yield "hex, with blanks", half.hex(" ").encode()
        yield "as Python writes it", repr(half)[2:-1].encode()
        for before in range(3):
            yield f"base64, {before} bytes in", _base64(half, before)


def _base64(data: bytes, before: int) -> bytes:
    """That part of its base64 which is the same whatever stands before and after, if that many bytes are before."""
    start, end = -(-8 * before // 6), 8 * (before + len(data)) // 6
    return base64.b64encode(bytes(before) + data)[start:end]
