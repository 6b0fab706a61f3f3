"""A node.def of the configuration, read as the router reads it (vyatta-cfg, cli_def.l and cli_parse.y), and stricter.

Stricter where its reader takes what nobody means: a field that is indented, or unknown to it, becomes part of the text
before it; a backslash before a blank continues nothing; and its lexer knows `val_help:` only inside another text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edgeos.expression import Expression, NodeDefError, parse, tokens, unquote

PARENT = -1  # as a priority: right after the unit that the node is in
TYPES = ("txt", "u32", "ipv4", "ipv4net", "ipv6", "ipv6net", "bool", "macaddr")
ACTIONS = ("begin", "create", "update", "delete", "activate", "end")
_WORDS = ("default", "tag", "type", "multi", "priority")
_TEXTS = ("help", "comp_help", "allowed")
_HINTS = ("val_help", "enumeration")  # only after a text: the lexer takes them for more of it
_CHECKS = ("syntax", "commit")
_FIELDS = "|".join((*_WORDS, *_TEXTS, *_HINTS, *_CHECKS, *ACTIONS))
_START = re.compile(rf"({_FIELDS}):(expression:)?[ \t]*(.*)", re.DOTALL)
_FORMS = {
    "tag": re.compile(r"([0-9]+)?"),
    "multi": re.compile(r"([0-9]+)?"),
    "type": re.compile(r'(\w+)(?:[ \t]*,[ \t]*(\w+)|[ \t]*;[ \t]*("(?:[^"\\]|\\.)*"))?'),
    "priority": re.compile(r"([0-9]+)|PARENT"),
    "default": re.compile(r".+"),
}
_INDENTED = re.compile(rf"^[ \t]+({_FIELDS}):", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shell:
    """An action: text for a shell, with references in it."""

    text: str


@dataclass(slots=True)
class Definition:
    """What one node is, may hold, and does."""

    tag: bool = False
    multi: bool = False
    limit: int = 0  # how many values, for a tag or a multi; 0 for any number
    types: tuple[str, ...] = ()  # none for a node that holds nothing
    type_message: str = ""
    default: str | None = None
    priority: int = 0  # makes the node a unit of its own in a commit; 0 for none
    help: str = ""
    val_help: list[str] = field(default_factory=list)
    comp_help: str = ""
    allowed: str = ""
    enumeration: str = ""
    syntax: list[Expression] = field(default_factory=list)
    commit: list[Expression] = field(default_factory=list)
    actions: dict[str, Shell | Expression] = field(default_factory=dict)

    @property
    def is_leaf(self) -> bool:
        """Whether its values are texts, and no nodes."""
        return bool(self.types) and not self.tag


def read(path: Path) -> Definition:
    """The definition in a file. Raises NodeDefError, which names file and line."""
    definition, before, line = Definition(), "", 1
    try:
        for number, statement in _statements(path.read_text("ascii")):
            line = number
            before = _take(definition, statement, before)
        _judge(definition)
    except NodeDefError as error:
        raise NodeDefError(f"{path}:{line}: {error}") from None
    return definition


def _statements(text: str) -> list[tuple[int, str]]:
    """Each field with the lines that belong to it, and the number of its first line."""
    found: list[tuple[int, str]] = []
    open_ = False
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\\[ \t]+$", line):
            raise NodeDefError(f"line {number}: a blank after the backslash ends the continuation")
        if line.startswith("#"):
            open_ = False
        elif _START.match(line):
            found.append((number, line))
            open_ = True
        elif open_ and line[:1] in ("", " ", "\t"):
            first, before = found[-1]
            found[-1] = (first, f"{before}\n{line}")
        elif line.strip():
            raise NodeDefError(f"line {number}: no known field begins here: {line!r}")
    return found


def _take(definition: Definition, statement: str, before: str) -> str:
    """Add one statement; its field. `before` is the field of the one before it."""
    start = _START.fullmatch(statement)
    if not start:
        raise NodeDefError(f"no field: {statement!r}")
    name, is_expression, rest = start[1], bool(start[2]), start[3]
    if (indented := _INDENTED.search(rest)) and not is_expression:
        raise NodeDefError(f"{indented[1]}: is indented, and so part of {name}:")
    if is_expression and name not in (*_CHECKS, *ACTIONS):
        raise NodeDefError(f"{name}: takes no expression")
    if name in _CHECKS:
        if not is_expression:
            raise NodeDefError(f"{name}: without expression: checks nothing")
        getattr(definition, name).append(parse(rest))
    elif name in ACTIONS:
        _once(name, definition.actions)
        definition.actions[name] = parse(rest) if is_expression else Shell(rest)
    elif name in _HINTS:
        if before not in (*_TEXTS, *_HINTS):
            raise NodeDefError(f"{name}: is read only after {', '.join(f'{text}:' for text in _TEXTS)}")
        _hint(definition, name, rest.strip())
    elif name in _TEXTS:
        _once(name, {key: True for key in _TEXTS if getattr(definition, key)})
        setattr(definition, name, rest.strip())
    else:
        _word(definition, name, rest, before)
    return name


def _hint(definition: Definition, name: str, text: str) -> None:
    if not text:
        raise NodeDefError(f"{name}: says nothing")
    if name == "val_help":
        definition.val_help.append(text)
    else:
        definition.enumeration = text


def _word(definition: Definition, name: str, rest: str, before: str) -> None:
    found = _FORMS[name].fullmatch(rest.strip())
    if not found:
        raise NodeDefError(f"{name}: does not take {rest.strip()!r}")
    if name in ("tag", "multi"):
        if before:
            raise NodeDefError(f"{name}: must be the first field, and comes after {before}:")
        setattr(definition, name, True)
        definition.limit = int(found[1] or 0)
    elif name == "type":
        _type(definition, found)
    elif name == "priority":
        definition.priority = int(found[1]) if found[1] else PARENT
    else:
        _default(definition, rest.strip())


def _type(definition: Definition, found: re.Match[str]) -> None:
    if definition.types:
        raise NodeDefError("type: stands here twice")
    definition.types = tuple(filter(None, (found[1], found[2])))
    definition.type_message = unquote(found[3]) if found[3] else ""
    for name in definition.types:
        if name not in TYPES:
            raise NodeDefError(f"type: {name} is none of {', '.join(TYPES)}")


def _default(definition: Definition, text: str) -> None:
    [(kind, value), *more] = tokens(text)
    if more:
        raise NodeDefError(f"default: does not take {text!r}")
    if not definition.types:
        raise NodeDefError("default: comes before type:")
    if (kind if kind != "string" else "txt") not in definition.types:
        raise NodeDefError(f"default: is a {kind}, and the node {' or '.join(definition.types)}")
    definition.default = unquote(value) if kind == "string" else value


def _once(name: str, there: Mapping[str, object]) -> None:
    if name in there:
        raise NodeDefError(f"{name}: stands here twice")


def _judge(definition: Definition) -> None:
    """What one field alone cannot tell."""
    if not definition.help:
        raise NodeDefError("help: is missing")
    if (definition.tag or definition.multi) and not definition.types:
        raise NodeDefError("type: is missing, and the values of a tag or a multi have one")
    if definition.default is not None and (definition.tag or definition.multi):
        raise NodeDefError("default: has no meaning for a tag or a multi")
