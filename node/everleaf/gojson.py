"""JSON as the network's other programs, written in Go, print and read it."""

from __future__ import annotations

import json
import math
from typing import Any

MAX_DEPTH = 64  # levels of lists and objects; more is nobody's honest data

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


def decode(text: str) -> Any:
    """The value of one JSON text that `encode` can print again. Raises ValueError."""
    try:
        value = json.loads(text, parse_float=_finite, parse_constant=_finite)
    except RecursionError:
        raise ValueError("too many levels") from None
    _limit_depth(value, MAX_DEPTH)
    return value


def _finite(word: str) -> float:
    number = float(word)
    if not math.isfinite(number):
        raise ValueError(f"{word} is no number of JSON")
    return number


def _limit_depth(value: Any, levels: int) -> None:
    if levels < 0:
        raise ValueError("too many levels")
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _limit_depth(item, levels - 1)


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
