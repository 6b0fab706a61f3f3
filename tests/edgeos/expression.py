"""Expressions of node.def: what they are made of, and how they are read (vyatta-cfg, cli_def.l and cli_parse.y)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


class NodeDefError(ValueError):
    """A template that the router would not read, or not as it was meant."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`$VAR(path)`."""

    path: str


@dataclass(frozen=True, slots=True)
class Constant:
    """One literal, or several between commas."""

    type: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """What a shell command prints: `command` in backquotes."""

    command: str


Value = Reference | Constant | Output


@dataclass(frozen=True, slots=True)
class Pattern:
    reference: Reference
    regex: str


@dataclass(frozen=True, slots=True)
class Exec:
    """True when the command exits with 0."""

    command: str


@dataclass(frozen=True, slots=True)
class Compare:
    left: Value
    operator: str
    right: Value


@dataclass(frozen=True, slots=True)
class Assign:
    reference: Reference
    value: Value


@dataclass(frozen=True, slots=True)
class Not:
    inner: Expression


@dataclass(frozen=True, slots=True)
class Both:
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Either:
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Explained:
    """Says `message` when `inner` is false."""

    inner: Expression
    message: str


Expression = Pattern | Exec | Compare | Assign | Not | Both | Either | Explained

COMPARISONS = ("==", "!=", "<=", ">=", "<", ">", "in")
_TOKEN = re.compile(
    r"""(?P<blank>[ \t\n]+|\\\n)
      | (?P<reference>\$VAR\([^)]+\))
      | (?P<string>"(?:[^"\\]|\\.|\\\n)*")
      | (?P<output>`(?:[^`\\]|\\.|\\\n)*`)
      | (?P<comparison>==|!=|<=|>=|<|>|in\b)
      | (?P<operator>pattern\b|exec\b|\|\||&&|[,=!();])
      | (?P<bool>(?:true|false)\b)
      | (?P<ipv4net>[0-9]+(?:\.[0-9]+){3}/[0-9]+)
      | (?P<ipv4>[0-9]+(?:\.[0-9]+){3})
      | (?P<u32>[0-9]+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def unquote(text: str) -> str:
    """What a string in quotes means: a backslash before a newline goes, and before anything else it is eaten."""
    found = re.sub(r"\\\n", "", text[1:-1])
    return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), found, flags=re.DOTALL)


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each token. Raises NodeDefError."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise NodeDefError(f"cannot be read from here: {text[at : at + 30]!r}")
        at = found.end()
        if found.lastgroup != "blank":
            yield str(found.lastgroup), found[0]


def parse(text: str) -> Expression:
    """The expression in `text`, whole. Raises NodeDefError."""
    parser = _Parser(list(tokens(text)))
    made = parser.explained()
    parser.end()
    return made


class _Parser:
    """One method for each level of precedence, the weakest first: `;`, `=`, `||`, `&&`, `!`, comparisons and commas."""

    def __init__(self, found: list[tuple[str, str]]) -> None:
        self._tokens = [*found, ("end", "the end")]

    def explained(self) -> Expression:
        made = self._either()
        while self._take(";"):
            made = Explained(made, unquote(self._need("string")))
        return made

    def end(self) -> None:
        self._need("end")

    def _either(self) -> Expression:
        made = self._both()
        while self._take("||"):
            made = Either(made, self._both())
        return made

    def _both(self) -> Expression:
        made = self._not()
        while self._take("&&"):
            made = Both(made, self._not())
        return made

    def _not(self) -> Expression:
        return Not(self._not()) if self._take("!") else self._single()

    def _single(self) -> Expression:
        if self._take("("):
            made = self.explained()
            self._need("operator", ")")
            return made
        if self._take("pattern"):
            return Pattern(_reference(self._need("reference")), unquote(self._need("string")))
        if self._take("exec"):
            return Exec(unquote(self._need("string")))
        left = self._value()
        if isinstance(left, Reference) and self._take("="):
            return Assign(left, self._value())
        return Compare(left, self._need("comparison"), self._value())

    def _value(self) -> Value:
        kind, text = self._tokens[0]
        if kind == "reference":
            return _reference(self._need(kind))
        if kind == "output":
            return Output(unquote(self._need(kind)))
        types, texts = [], []
        while True:
            kind, text = self._tokens.pop(0)
            if kind not in ("string", "bool", "u32", "ipv4", "ipv4net"):
                raise NodeDefError(f"a value was expected, not {text}")
            types.append("txt" if kind == "string" else kind)
            texts.append(unquote(text) if kind == "string" else text)
            if not self._take(","):
                break
        if len(set(types)) > 1:
            raise NodeDefError(f"values of several types stand together: {', '.join(texts)}")
        return Constant(types[0], tuple(texts))

    def _take(self, operator: str) -> bool:
        if self._tokens[0] != ("operator", operator):
            return False
        del self._tokens[0]
        return True

    def _need(self, wanted: str, text: str = "") -> str:
        kind, found = self._tokens.pop(0)
        if kind != wanted or (text and found != text):
            raise NodeDefError(f"{text or f'a {wanted}'} was expected, not {found}")
        return found


def _reference(text: str) -> Reference:
    return Reference(text.removeprefix("$VAR(").removesuffix(")"))
