"""HJSON, the JSON for people in which Yggdrasil keeps its configuration: comments, bare keys and bare texts."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 64

_SPACE = re.compile(r"(?:\s+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_BARE_KEY = re.compile(r"[^\s,:\[\]{}]+")
_LINE = re.compile(r"[^\n\r]*")
_WORD = re.compile(r"(?:[^,}\]#/\n\r]|/(?![/*]))*")  # of a line, what comes before a separator or comment
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_PLAIN = {'"': re.compile(r'[^"\\\n]*'), "'": re.compile(r"[^'\\\n]*")}
_ESCAPE = re.compile(r"""\\(?:(["'\\/bfnrt])|u([0-9a-fA-F]{4}))""")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LITERALS: dict[str, Any] = {"true": True, "false": False, "null": None}


class HjsonError(ValueError):
    """A text that is not HJSON; the message ends with the line."""


def loads(text: str) -> dict[str, Any]:
    """The object in `text`; its braces may be left out, and nothing at all is an empty one. Raises HjsonError."""
    reader = _Reader(text)
    reader.skip_space()
    found = reader.object("}" if reader.next_is("{") else "")
    reader.skip_space()
    if not reader.at_end():
        raise reader.error("something follows the end of the object")
    return found


class _Reader:
    """A position in a text. Each method that reads a thing stands at its first character and leaves behind it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def error(self, problem: str) -> HjsonError:
        return HjsonError(f"{problem} at line {self._text.count(chr(10), 0, self._at) + 1}")

    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def next_is(self, token: str) -> bool:
        """Whether `token` comes next; if so it is read."""
        if not self._text.startswith(token, self._at):
            return False
        self._at += len(token)
        return True

    def skip_space(self) -> None:
        """White space and comments."""
        self._match(_SPACE)

    def object(self, closer: str) -> dict[str, Any]:
        """Keys and values up to `closer`, or to the end of the text if that is empty. The last of equal keys wins."""
        found: dict[str, Any] = {}
        while self._more(closer):
            key = self._key()
            self.skip_space()
            if not self.next_is(":"):
                raise self.error("a colon must follow a key")  # which is not shown: it may be half of a secret
            self.skip_space()
            found[key] = self._value()
            self._separator()
        return found

    def _array(self) -> list[Any]:
        found = []
        while self._more("]"):
            found.append(self._value())
            self._separator()
        return found

    def _more(self, closer: str) -> bool:
        """Whether another item comes before `closer`, which is read."""
        self.skip_space()
        if self.at_end():
            if closer:
                raise self.error(f"the text ends before a closing {closer}")
            return False
        return not (closer and self.next_is(closer))

    def _separator(self) -> None:
        self.skip_space()
        self.next_is(",")

    def _key(self) -> str:
        quote = self._text[self._at]
        if quote in _PLAIN:
            self._at += 1
            return self._quoted(quote)
        key = self._match(_BARE_KEY)
        if not key:
            raise self.error("a key must stand here")
        return key

    def _value(self) -> Any:
        if self._depth >= MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} levels")
        self._depth += 1
        try:
            if self.next_is("{"):
                return self.object("}")
            if self.next_is("["):
                return self._array()
        finally:
            self._depth -= 1
        if self.next_is("'''"):
            return self._multiline()
        for quote in _PLAIN:
            if self.next_is(quote):
                return self._quoted(quote)
        return self._bare()

    def _bare(self) -> Any:
        """A number or literal up to the next separator; if it is none, all of the line as a text."""
        start = self._at
        word = self._match(_WORD).rstrip()
        if word in _LITERALS:
            return _LITERALS[word]
        if _NUMBER.fullmatch(word):
            return self._number(word)
        self._at = start
        line = self._match(_LINE).rstrip()
        if not line or line[0] in ",:]}":
            self._at = start
            raise self.error("a value must stand here")
        return line

    def _number(self, word: str) -> int | float:
        try:
            number: int | float = json.loads(word)
        except ValueError:  # more digits than Python converts
            raise self.error("a number is too long") from None
        return number

    def _quoted(self, quote: str) -> str:
        """What follows an opening quote, up to the closing one."""
        parts = []
        while True:
            parts.append(self._match(_PLAIN[quote]))
            if self.next_is(quote):
                return _whole_characters("".join(parts))
            escape = _ESCAPE.match(self._text, self._at)
            if not escape:
                raise self.error("a quoted text is not closed on its line, or has an unknown escape")
            self._at = escape.end()
            char, code = escape.groups()
            parts.append(chr(int(code, 16)) if code else _ESCAPED.get(char, char))

    def _multiline(self) -> str:
        """What follows `'''`: lines without the indentation that the opening quotes have."""
        opener = self._at - 3
        indent = opener - (self._text.rfind("\n", 0, opener) + 1)
        end = self._text.find("'''", self._at)
        if end < 0:
            raise self.error("the text ends before a closing '''")
        first, *rest = self._text[self._at : end].replace("\r", "").split("\n")
        self._at = end + 3
        margin = re.compile(rf"\s{{0,{indent}}}")
        lines = [first.lstrip()] if first.strip() else []
        lines += [margin.sub("", line, count=1) for line in rest]
        if lines and not lines[-1]:
            lines.pop()
        return "\n".join(lines)

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if not found:
            return ""
        self._at = found.end()
        return found[0]


def _whole_characters(text: str) -> str:
    """`text` with the two halves that `\\u` escapes give of a character joined."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
