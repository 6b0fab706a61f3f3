"""A configuration: nodes that follow a grammar, with `set` and `delete` as the router has them (vyatta-cfg, cstore)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from edgeos.templates import Template

Path = tuple[str, ...]


class Refused(Exception):  # noqa: N818 - what the router did, in its words
    """The router does not do what was typed."""


@dataclass(slots=True)
class Node:
    """A node that exists: one without values, a leaf with them, a tag node, or one value of a tag node."""

    template: Template
    is_tag_value: bool = False
    children: dict[str, Node] = field(default_factory=dict)
    values: list[str] = field(default_factory=list)
    is_default: bool = False  # the value is the template's own

    @property
    def is_tag_node(self) -> bool:
        return self.template.definition.tag and not self.is_tag_value

    @property
    def is_leaf(self) -> bool:
        return self.template.definition.is_leaf


class Configuration:
    """One tree; the active one, or that of a session."""

    def __init__(self, templates: Template) -> None:
        self.root = Node(templates)

    def copy(self) -> Configuration:
        made = Configuration(self.root.template)
        made.root = _copy(self.root)
        return made

    def find(self, path: Sequence[str]) -> Node | None:
        """The node at `path`; None when it does not exist. A value of a leaf is no node."""
        node: Node | None = self.root
        for word in path:
            node = node.children.get(word) if node else None
        return node

    def exists(self, path: Sequence[str]) -> bool:
        """Whether there is such a node, or such a value of a leaf."""
        if self.find(path):
            return True
        above = self.find(path[:-1])
        return bool(above and above.is_leaf and path[-1] in above.values)

    def set(self, path: Path) -> None:
        """Make what does not exist yet along `path`, with the defaults that come with it. It is valid already."""
        node = self.root
        for word in path:
            if node.is_leaf:
                _give(node, word)
                return
            if word not in node.children:
                node.children[word] = _new(node, word)
            node = node.children[word]

    def delete(self, path: Path) -> None:
        """Take away a node or a value; a leaf with a default has that again. Raises Refused."""
        if not self.exists(path):
            raise Refused("Nothing to delete (the specified node does not exist)")
        above = self.find(path[:-1])
        assert above is not None
        if above.is_leaf:
            above.values.remove(path[-1])
            if not above.values or above.template.definition.default is not None:
                self._remove(path[:-1])
        else:
            self._remove(path)

    def replace(self, path: Path, other: Configuration) -> None:
        """Make everything at `path` as it is in `other`."""
        node = other.find(path)
        if not path:
            self.root = _copy(other.root)
            return
        above = self.find(path[:-1])
        if node is None:
            if above and path[-1] in above.children:
                self._remove(path)
            return
        if above is None:
            self.set(path[:-1])
            above = self.find(path[:-1])
        assert above is not None
        above.children[path[-1]] = _copy(node)

    def commands(self) -> list[str]:
        """What makes this configuration again, a line for each leaf, as `show | commands` has it; without defaults."""
        return list(_commands(self.root, ()))

    def _remove(self, path: Path) -> None:
        above = self.find(path[:-1])
        assert above is not None
        default = above.children[path[-1]].template.definition.default
        if default is not None:
            above.children[path[-1]] = Node(above.children[path[-1]].template, values=[default], is_default=True)
            return
        del above.children[path[-1]]
        if above.is_tag_node and not above.children:
            self._remove(path[:-1])


def _new(above: Node, word: str) -> Node:
    """The node `word` below `above`, with those children that have a default."""
    node = Node(above.template, is_tag_value=True) if above.is_tag_node else Node(above.template.children[word])
    if not node.is_tag_node:
        for name, template in node.template.children.items():
            if template.definition.default is not None:
                node.children[name] = Node(template, values=[template.definition.default], is_default=True)
    return node


def _give(node: Node, value: str) -> None:
    if node.template.definition.multi:
        if value not in node.values:
            node.values.append(value)
    else:
        node.values = [value]
        node.is_default = False


def _copy(node: Node) -> Node:
    below = {name: _copy(child) for name, child in node.children.items()}
    return Node(node.template, node.is_tag_value, below, list(node.values), node.is_default)


def _commands(node: Node, path: Path) -> Iterator[str]:
    if node.is_leaf:
        if not node.is_default:
            yield from (" ".join(("set", *path, value)) for value in node.values)
        return
    below = [line for name in sorted(node.children) for line in _commands(node.children[name], (*path, name))]
    if path and not below and not node.is_tag_node:
        yield " ".join(("set", *path))
    yield from below
