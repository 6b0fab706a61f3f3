"""Asking a remote node: its key as an argument, its answer as JSON or as keys."""

from __future__ import annotations

import re
from typing import Any

from everleaf import gojson
from everleaf.admin.command import AdminError
from everleaf.wire.codec import KEY_SIZE


def remote_key(text: str) -> bytes:
    """The key a caller named. Raises AdminError in the reference's words."""
    wrong = re.search(r"[^0-9a-fA-F]", text)
    if wrong:
        raise AdminError(f"failed to decode public key: encoding/hex: invalid byte: {_go_character(wrong[0])}")
    if len(text) % 2:
        raise AdminError("failed to decode public key: encoding/hex: odd length hex string")
    key = bytes.fromhex(text)
    if len(key) != KEY_SIZE:
        raise AdminError("invalid public key length")
    return key


def remote_json(body: bytes) -> Any:
    """The value a node answered with; nothing is null. Raises AdminError."""
    try:
        return gojson.decode(body.decode(errors="replace")) if body else None
    except ValueError as error:
        raise AdminError(f"failed to marshal response: {error}") from None


def remote_keys(body: bytes) -> dict[str, list[str]]:
    """The keys a node answered with; a tail that is none is ignored."""
    keys = [body[start : start + KEY_SIZE].hex() for start in range(0, len(body) - KEY_SIZE + 1, KEY_SIZE)]
    return {"keys": keys} if keys else {}


def _go_character(char: str) -> str:
    return f"U+{ord(char):04X} '{char}'" if char.isprintable() else f"U+{ord(char):04X}"
