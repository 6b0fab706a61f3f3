"""Log lines: a fixed event and its facts, as text for people or JSON for machines."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

LEVELS = ("error", "warning", "info", "debug")  # each includes those before it
FORMATS = ("text", "json")

_SHORT_KEY = 4  # bytes of a key that text shows: enough to tell nodes apart by eye
_NEED_QUOTES = set(' "=\\')


class Log:
    """Writes lines to one stream. A reader that went away never harms the node."""

    def __init__(
        self, stream: TextIO, level: str = "info", format: str = "text", *, clock: Callable[[], float] = time.time
    ) -> None:
        """`stream` should replace what it cannot encode, as stderr does. `clock`: Unix seconds."""
        self._stream = stream
        self._clock = clock
        self.configure(level, format)

    def configure(self, level: str, format: str) -> None:
        """Change level (one of LEVELS) and format (one of FORMATS) for the lines to come."""
        self._loudest = LEVELS.index(level)
        self._line = {"text": text_line, "json": json_line}[format]

    def wants(self, level: str) -> bool:
        """Whether a line of this level would be written: ask before collecting expensive facts."""
        return LEVELS.index(level) <= self._loudest

    def write(self, event: str, level: str = "info", fields: Mapping[str, object] | None = None) -> None:
        """One line. `event` is a dotted noun.verb; the facts are `fields`."""
        if not self.wants(level):
            return
        try:
            self._stream.write(self._line(self._clock(), level, event, fields or {}) + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # the pipe broke, or was closed; there is nowhere left to say so
            return


def text_line(at: float, level: str, event: str, fields: Mapping[str, object]) -> str:
    """`2026-01-31T12:00:00 info peer.dropped peer=01020304 reason="silent for 3 s"`, in local time."""
    when = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(at))
    return " ".join([when, level, event, *(f"{name}={_text(value)}" for name, value in fields.items())])


def json_line(at: float, level: str, event: str, fields: Mapping[str, object]) -> str:
    """The same facts as one JSON object: time in UTC, keys whole."""
    when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1000):03d}Z"
    return json.dumps({"time": when, "level": level, "event": event} | dict(fields), default=_plain)


def _text(value: object) -> str:
    """`value` as one word, quoted where it would not be one."""
    match value:
        case bytes():
            return value[:_SHORT_KEY].hex()
        case bool() | None:
            return json.dumps(value)
        case float():
            return f"{value:g}"
        case list() | tuple():
            return ",".join(_text(item) for item in value) or '""'
    text = str(value)
    if text and text.isprintable() and not _NEED_QUOTES & set(text):
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _plain(value: object) -> Any:
    return value.hex() if isinstance(value, bytes) else str(value)
