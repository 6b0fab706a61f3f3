"""Where an expression or an action is evaluated: what its references mean there (vyatta-cfg, cstore-varref.cpp)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgeos.configuration import Configuration, Path
from edgeos.expression import Reference
from edgeos.templates import Template

_REFERENCE = re.compile(r"\$VAR\(([^)]+)\)")


@dataclass(frozen=True, slots=True)
class Place:
    """What the grammar knows of a path."""

    template: Template
    is_value: bool  # the path ends in a value, and the template is that of the node before it

    @property
    def is_tag_node(self) -> bool:
        return self.template.definition.tag and not self.is_value

    @property
    def is_leaf_node(self) -> bool:
        return self.template.definition.is_leaf and not self.is_value

    @property
    def type(self) -> str:
        return self.template.definition.types[0]


def look(templates: Template, path: Path) -> Place | None:
    """The place of a path, whatever its values; None for the root and for what the grammar does not know."""
    place = None
    template = templates
    for word in path:
        if place and (place.is_tag_node or place.is_leaf_node):
            place = Place(template, is_value=True)
        elif word in template.children and not (place and place.is_value and place.template.definition.is_leaf):
            template = template.children[word]
            place = Place(template, is_value=False)
        else:
            return None
    return place


@dataclass(frozen=True, slots=True)
class Scope:
    """One node at one time. `path` is the node's, without the value `at`."""

    configuration: Configuration
    path: Path
    at: str

    def expand(self, text: str) -> str:
        """`text` with every reference replaced by what it means, as it is: nothing is quoted."""
        return _REFERENCE.sub(lambda found: self.value(Reference(found[1]))[1], text)

    def value(self, reference: Reference) -> tuple[str, str]:
        """Type and text of a reference; an empty text when it leads nowhere."""
        if reference.path == "@":
            place = look(self._templates, self.path)
            return (place.type if place and place.template.definition.types else "txt"), self.at
        absolute = reference.path.startswith("/")
        walk = _Walk(self, () if absolute else self.path)
        walk.go([word for word in reference.path.split("/") if word], walk.origin, "")
        return walk.result()

    @property
    def _templates(self) -> Template:
        return self.configuration.root.template


class _Walk:
    """Follows one reference, which may lead to several places."""

    def __init__(self, scope: Scope, origin: Path) -> None:
        self.origin = origin
        self._scope = scope
        self._found: list[tuple[Path, str]] = []  # with the type of what is a value; "" for a node, which may not exist

    def go(self, words: list[str], path: Path, kind: str) -> None:
        if not words:
            self._found.append((path, kind))
            return
        word, rest = words[0], words[1:]
        place = look(self._scope.configuration.root.template, path)
        match word:
            case ".":
                self.go(rest, path, "")
            case "..":
                self._up(rest, path, place)
            case "@":
                self._own(rest, path, place)
            case "@@":
                self._all(rest, path, place)
            case _:
                self._down(word, rest, path, place)

    def result(self) -> tuple[str, str]:
        """Every text once, in order; the type is a text's when there is no other."""
        texts: dict[str, str] = {}
        for path, kind in self._found:
            exists = kind or self._scope.configuration.exists(path)
            texts.setdefault(path[-1] if exists else "", kind if exists else "")
        if len(texts) == 1:
            [(text, kind)] = texts.items()
            return kind or "txt", text
        return "txt", " ".join(texts)

    def _up(self, rest: list[str], path: Path, place: Place | None) -> None:
        above = look(self._scope.configuration.root.template, path[:-1])
        if place and above:
            is_tag_value = above.is_value and above.template.definition.tag
            self.go(rest, path[:-2] if is_tag_value else path[:-1], "")

    def _own(self, rest: list[str], path: Path, place: Place | None) -> None:
        if place is None or not place.template.definition.types:
            return
        if path == self.origin:
            self.go(rest, (*path, self._scope.at), place.type)
        elif place.is_leaf_node:
            self._leaf(path, place)
        elif len(path) < len(self.origin):
            self.go(rest, (*path, self.origin[len(path)]), place.type)

    def _all(self, rest: list[str], path: Path, place: Place | None) -> None:
        if place is None or place.is_value or not place.template.definition.types:
            return
        if place.is_leaf_node:
            self._leaf(path, place)
            return
        node = self._scope.configuration.find(path)
        for value in sorted(node.children) if node else ():
            self.go(rest, (*path, value), place.type)

    def _down(self, word: str, rest: list[str], path: Path, place: Place | None) -> None:
        if place and place.is_tag_node:
            if len(path) > len(self.origin):
                return
            path = (*path, self._scope.at if len(path) == len(self.origin) else self.origin[len(path)])
        self.go(rest, (*path, word), "")

    def _leaf(self, path: Path, place: Place) -> None:
        node = self._scope.configuration.find(path)
        values = node.values if node else []
        if place.template.definition.multi:
            if values:
                self._found.append(((*path, " ".join(values)), "txt"))
        else:
            self._found.append(((*path, values[0]), place.type) if values else ((*path, ""), ""))
