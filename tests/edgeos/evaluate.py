"""What expressions come to, and which values a node may have (vyatta-cfg, cli_new.c)."""

from __future__ import annotations

import ctypes
import operator
from collections.abc import Callable
from dataclasses import dataclass, field

from edgeos.expression import (
    Assign,
    Both,
    Compare,
    Constant,
    Either,
    Exec,
    Explained,
    Expression,
    Not,
    Output,
    Pattern,
    Value,
)
from edgeos.machine import Machine
from edgeos.nodedef import Definition
from edgeos.scope import Scope

_LIBC = ctypes.CDLL(None)
_REG_EXTENDED = 1
_U32 = 1 << 32
_COMPARE: dict[str, Callable[[object, object], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "in": operator.eq,
}


@dataclass(slots=True)
class Evaluation:
    """Evaluates in one scope; collects what the user is told."""

    scope: Scope
    machine: Machine
    environment: dict[str, str]
    said: list[str] = field(default_factory=list)

    def run(self, text: str) -> bool:
        """Whether a shell text succeeds."""
        status, output = self.machine.run(self.scope.expand(text), self.environment)
        if output:
            self.said.append(output)
        return status == 0

    def holds(self, expression: Expression) -> bool:
        match expression:
            case Explained(inner, message):
                held = self.holds(inner)
                if not held:
                    self.said.append(self.scope.expand(message))
                return held
            case Both(left, right):
                return self.holds(left) and self.holds(right)
            case Either(left, right):
                return self.holds(left) or self.holds(right)
            case Not(inner):
                return not self.holds(inner)
            case Exec(command):
                return self.run(command)
            case Pattern(reference, regex):
                return all(matches(regex, line) for line in lines(self.scope.value(reference)[1]))
            case Compare(left, by, right):
                return self._compare(self._value(left), by, self._value(right))
            case Assign():
                raise NotImplementedError("no template here assigns")

    def _value(self, value: Value) -> tuple[str, tuple[str, ...]]:
        match value:
            case Constant(kind, texts):
                return kind, texts
            case Output(command):
                return "txt", (self.machine.run(self.scope.expand(command), self.environment)[1],)
            case _:
                kind, text = self.scope.value(value)
                return kind, tuple(lines(text))

    def _compare(self, left: tuple[str, tuple[str, ...]], by: str, right: tuple[str, tuple[str, ...]]) -> bool:
        """Every value on the left holds against every one on the right; for `in`, against one of them."""
        if left[0] != right[0]:
            self.said.append("Different types in comparison")
            return False
        quantify = any if by == "in" else all
        return all(
            quantify(_COMPARE[by](_key(left[0], one), _key(left[0], other)) for other in right[1]) for one in left[1]
        )


def lines(text: str) -> list[str]:
    """Each line of a value is a value for itself."""
    return text.removesuffix("\n").split("\n")


def matches(regex: str, text: str) -> bool:
    """As the C library finds it, which is whom the router asks."""
    compiled = ctypes.create_string_buffer(1024)  # a regex_t has 64 bytes with glibc, and no library's has more
    if _LIBC.regcomp(compiled, regex.encode(), _REG_EXTENDED):
        raise ValueError(f"{regex} is no regular expression")
    try:
        return bool(_LIBC.regexec(compiled, text.encode(), 0, None, 0) == 0)
    finally:
        _LIBC.regfree(compiled)


def has_type(definition: Definition, value: str) -> bool:
    """Whether a value is of the node's type."""
    match definition.types[0]:
        case "u32":
            return value.isascii() and value.isdigit()
        case "bool":
            return value in ("true", "false")
        case "txt":
            return True
        case other:
            raise NotImplementedError(f"no template here has the type {other}")


def _key(kind: str, text: str) -> object:
    """Numbers are read by sscanf's %u, which lets them wrap."""
    return int(text) % _U32 if kind == "u32" else text
