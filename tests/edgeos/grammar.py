"""What has to hold for the templates of the package, whatever they offer; each rule yields what breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edgeos.expression import Both, Compare, Constant, Explained, Expression, Pattern, Reference
from edgeos.nodedef import Definition, Shell
from edgeos.templates import Template

ROOT = ("interfaces", "everleaf")
FIRST, LAST = 459, 480  # WireGuard's interfaces, through which peers may be reached; static routes, which may lead here
NAMES = ("@", "../../../@", "./disable")  # what actions may refer to: itself, the interface, whether it is disabled
_SUBSTITUTED = re.compile(r"\$VAR\(([^)]+)\)")


def complaints(templates: Template) -> list[str]:
    """Everything that is wrong, a line each."""
    found = list(_priorities(templates))
    for path, template in templates.find(*ROOT).walk():
        found += [f"{' '.join(path)}: {problem}" for problem in _node(template.definition)]
    return found + [f"everleaf: {problem}" for problem in _node(templates.find(*ROOT).definition)]


def _priorities(templates: Template) -> Iterator[str]:
    """One unit for each interface, between what it needs and what needs it."""
    own = templates.find(*ROOT).definition.priority
    if not FIRST < own < LAST:
        yield f"everleaf: the priority {own} is not between {FIRST} and {LAST}"
    for path, template in templates.find(*ROOT).walk():
        if template.definition.priority:
            yield f"{' '.join(path)}: would be committed apart from its interface"


def _node(definition: Definition) -> Iterator[str]:
    if definition.types and definition.types != ("bool",) and not (definition.val_help or definition.allowed):
        yield "no help about its values"
    if definition.types == ("txt",) and not any(map(_is_strict, definition.syntax)):
        yield "a text that may be anything"
    if definition.types == ("u32",) and not any(map(_is_bounded, definition.syntax)):
        yield "a number without a limit"
    for check in (*definition.syntax, *definition.commit):
        if not isinstance(check, Explained):
            yield "a check that says nothing"
    for kind, action in definition.actions.items():
        if isinstance(action, Shell):
            yield from (f"{kind}: {problem}" for problem in _substitutions(action.text))


def _is_strict(check: Expression) -> bool:
    """Whether the whole value has to match, or be one of a few."""
    match check:
        case Explained(Pattern(Reference("@"), regex), _):
            return regex.startswith("^") and regex.endswith("$") and "|" not in _outside_parentheses(regex)
        case Explained(Compare(Reference("@"), "in", Constant()), _):
            return True
        case _:
            return False


def _outside_parentheses(regex: str) -> str:
    """What is left without groups: an alternative there would escape the anchors."""
    while (shorter := re.sub(r"\([^()]*\)", "", regex)) != regex:
        regex = shorter
    return regex


def _is_bounded(check: Expression) -> bool:
    match check:
        case Explained(Compare(Reference("@"), "<=", Constant("u32")) | Both(_, Compare(Reference("@"), "<=", _)), _):
            return True
        case _:
            return False


def _substitutions(text: str) -> Iterator[str]:
    """Names only are put into shell texts, and between double quotes, where a shell neither splits nor expands them."""
    for found in _SUBSTITUTED.finditer(text):
        if found[1] not in NAMES:
            yield f"{found[0]} may be more than a name"
        if text.count('"', 0, found.start()) % 2 == 0:
            yield f"{found[0]} stands outside quotes"
