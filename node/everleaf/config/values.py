"""The kinds of value an option can have: how each is read from TOML and written back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from everleaf.endpoint import Endpoint, EndpointError
from everleaf.uri import LinkURI, UriError

T = TypeVar("T")

MIN_MTU = 1280  # what IPv6 demands
MAX_MTU = 65535
MAX_NAME = 127  # characters; the host has its own, shorter limits
MAX_PASSWORD = 64  # bytes; a key of BLAKE2b
_KEY_DIGITS = 64
_MAX_SHOWN = 100


class BadValue(ValueError):  # noqa: N818 - it is a finding, which becomes a ConfigError once the file is known
    """A value that cannot be used. `key` grows from the inside out: `[2]`, `peers[2]`, `peering.peers[2]`."""

    def __init__(self, problem: str, *, fix: str = "", key: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix
        self.key = key

    def inside(self, outer: str) -> BadValue:
        """The same finding, seen from one level further out."""
        dot = "." if self.key and not self.key.startswith("[") else ""
        return BadValue(self.problem, fix=self.fix, key=f"{outer}{dot}{self.key}")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """How one kind of value crosses the file's edge."""

    read: Callable[[Any], T]  # raises BadValue
    write: Callable[[T], Any] = lambda value: value
    name: Callable[[T], Any] = lambda value: value  # what may not stand in a list twice


def shown(value: Any) -> str:
    """`value` as an error message quotes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value if len(value) <= _MAX_SHOWN else value[:_MAX_SHOWN] + "..."}"'
        case int() | float():
            return str(value)
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"a {type(value).__name__}"


def read_list(value: Any) -> list[Any]:
    """`value`, which must be a list."""
    if not isinstance(value, list):
        fix = "write two brackets around its name: [[ ]]" if isinstance(value, dict) else "put it into [ ]"
        raise BadValue(f"must be a list, not {shown(value)}", fix=fix)
    return value


def list_of(kind: Kind[T]) -> Kind[tuple[T, ...]]:
    """A list whose items are all of one kind. Nothing may stand in it twice."""

    def read(value: Any) -> tuple[T, ...]:
        items: list[T] = []
        for number, raw in enumerate(read_list(value)):
            try:
                item = kind.read(raw)
            except BadValue as bad:
                raise bad.inside(f"[{number}]") from None
            if any(kind.name(item) == kind.name(earlier) for earlier in items):
                raise BadValue("stands here twice", fix="remove one", key=f"[{number}]")
            items.append(item)
        return tuple(items)

    def write(items: Sequence[T]) -> list[Any]:
        return [kind.write(item) for item in items]

    return Kind(read, write)


def integer(low: int, high: int) -> Kind[int]:
    """A whole number from `low` to `high`."""

    def read(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise BadValue(f"must be a whole number from {low} to {high}, not {shown(value)}")
        return value

    return Kind(read)


def choice(words: Sequence[str]) -> Kind[str]:
    """One of a few words."""

    def read(value: Any) -> str:
        if value not in words:
            raise BadValue(f"must be one of {', '.join(word or shown(word) for word in words)}, not {shown(value)}")
        return str(value)

    return Kind(read)


def uri(*, listen: bool = False) -> Kind[LinkURI]:
    """A peer's URI, or a listener's."""

    def read(value: Any) -> LinkURI:
        given = _text(value).partition("?")[0]  # without parameters: they hold passwords
        try:
            link = LinkURI.parse(value, listen=listen)
        except UriError as error:
            raise BadValue(f"{shown(given)}: {error.problem}", fix=error.fix) from None
        if not link.supported:
            raise BadValue(f"{shown(given)}: {link.scheme} comes with a later release", fix="use tls, tcp or unix")
        return link

    return Kind(read, lambda link: link.original, lambda link: link.text)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue(f"must be a text, not {shown(value)}", fix="put it into quotes")
    return value


def _secret(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue("must be a text", fix="put it into quotes")  # and what it is instead stays untold
    return value


def _password(value: Any) -> str:
    password = _secret(value)
    if len(password.encode()) > MAX_PASSWORD:
        raise BadValue(f"is longer than {MAX_PASSWORD} bytes", fix="use a shorter password")
    return password


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValue(f"must be true or false, not {shown(value)}")
    return value


def _path(value: Any) -> str:
    path = _text(value)
    if not path or "\0" in path:
        raise BadValue("must be the path of a file", fix="give an absolute path")
    return path


def _name(value: Any) -> str:
    name = _text(value)
    if not 0 < len(name) <= MAX_NAME or "/" in name or not name.isprintable():
        raise BadValue(f"{shown(name)} cannot be the name of an interface")
    return name


def _mtu(value: Any) -> int | Literal["auto"]:
    if value != "auto" and (type(value) is not int or not MIN_MTU <= value <= MAX_MTU):
        raise BadValue(
            f'must be "auto" or a whole number from {MIN_MTU} to {MAX_MTU}, not {shown(value)}',
            fix="auto takes as much as the system carries",
        )
    return value  # type: ignore[no-any-return]


def _pattern(value: Any) -> str:
    pattern = _text(value)
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadValue(f"{shown(pattern)} is not a regular expression: {error}") from None
    return pattern


def _key(value: Any) -> bytes:
    text = _text(value)
    if not re.fullmatch(f"[0-9a-fA-F]{{{_KEY_DIGITS}}}", text):
        raise BadValue(f"{shown(text)} is not a public key", fix=f"a public key has {_KEY_DIGITS} hexadecimal digits")
    return bytes.fromhex(text)


def _endpoint(value: Any) -> Endpoint | None:
    if _text(value) in ("", "none"):
        return None
    try:
        return Endpoint.parse(value, listen=True)
    except EndpointError as error:
        raise BadValue(error.problem, fix=error.fix) from None


BOOL: Kind[bool] = Kind(_bool)
PATH: Kind[str] = Kind(_path)
NAME: Kind[str] = Kind(_name)
PATTERN: Kind[str] = Kind(_pattern)
SECRET: Kind[str] = Kind(_secret)
PASSWORD: Kind[str] = Kind(_password)
KEY: Kind[bytes] = Kind(_key, bytes.hex)
MTU: Kind[int | Literal["auto"]] = Kind(_mtu)
ENDPOINT: Kind[Endpoint | None] = Kind(_endpoint, lambda endpoint: endpoint.text if endpoint else "none")
