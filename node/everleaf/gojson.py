"""JSON as the network's other programs, written in Go, print it."""

from __future__ import annotations

import json
from typing import Any

_MAX_PLAIN = 1e21  # from here on Go, too, writes an exponent

# Go escapes what could end a script element, and two line separators. A half of a surrogate pair is no character.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
_ESCAPES |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def encode(value: Any, *, indent: int | None = None, sort: bool = False) -> str:
    """One JSON text, compact unless `indent` is given. `sort` orders keys, as Go does for maps but not for structs.

    Raises ValueError for numbers JSON cannot carry, TypeError for what it has no form for.
    """
    return json.dumps(
        _whole_numbers(value),
        ensure_ascii=False,
        allow_nan=False,
        sort_keys=sort,
        indent=indent,
        separators=(",", ":" if indent is None else ": "),
    ).translate(_ESCAPES)


def _whole_numbers(value: Any) -> Any:
    """`value` with floats like 3.0 as 3: Go writes no fraction where there is none."""
    match value:
        case dict():
            return {key: _whole_numbers(item) for key, item in value.items()}
        case list() | tuple():
            return [_whole_numbers(item) for item in value]
        case float() if value.is_integer() and abs(value) < _MAX_PLAIN:
            return int(value)
        case _:
            return value
