"""What an admin request is made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from everleaf.admin.view import AdminView


class AdminError(Exception):
    """A request that cannot be answered; the text is the API's."""


class Arguments:
    """A request's arguments. Names are found in any case, unknown ones ignored."""

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self._given = {name.lower(): value for name, value in (given or {}).items()}

    def text(self, name: str) -> str:
        """One argument, or "". Raises AdminError when it is no text."""
        value = self._given.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise AdminError(f"json: cannot unmarshal {json_kind(value)} into Go struct field {name} of type string")
        return value


@dataclass(frozen=True, slots=True)
class Command:
    """One request the API understands."""

    name: str  # as documented; any case is accepted
    description: str
    handle: Callable[[AdminView, Arguments], Awaitable[Any]]  # returns what JSON can carry; raises AdminError
    fields: tuple[str, ...] = ()  # names of the arguments


def json_kind(value: Any) -> str:
    """What Go calls this kind of JSON value."""
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case dict():
            return "object"
        case _:
            return "array"
