"""What a commit has to change: the tree that lies between two configurations (vyatta-cfg, commit-algorithm.cpp)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from edgeos.configuration import Node, Path
from edgeos.templates import Template


class State(Enum):
    """What happens to a node."""

    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"
    UNCHANGED = "unchanged"


COMMIT_ACTION = {State.ADDED: "SET", State.CHANGED: "SET", State.DELETED: "DELETE", State.UNCHANGED: "ACTIVE"}


@dataclass(eq=False, slots=True)
class Change:
    """One node that is changed, or stands above one that is."""

    path: Path
    template: Template
    state: State
    is_tag_value: bool = False
    values: list[tuple[str, State]] = field(default_factory=list)  # of a leaf; a single one has the one it gets
    is_same: bool = False  # of a single value, only whether it is the default has changed
    children: list[Change] = field(default_factory=list)

    @property
    def at(self) -> str:
        """The value of $VAR(@): a leaf's, a tag's, or the name of what has none."""
        return self.values[0][0] if self.template.definition.is_leaf else "".join(self.path[-1:])

    @property
    def is_tag_node(self) -> bool:
        return self.template.definition.tag and not self.is_tag_value

    @property
    def node_path(self) -> Path:
        return self.path[:-1] if self.is_tag_value else self.path

    @property
    def has_ends(self) -> bool:
        return not {"begin", "end"}.isdisjoint(self.template.definition.actions)

    def walk(self, *, bottom_up: bool, through_ends: bool = False) -> Iterator[Change]:
        """Those below, but for tag nodes, to which nothing is done: their values are nodes.

        What is below a node with begin or end is that node's own business, unless asked for.
        """
        for child in self.children:
            if not bottom_up and not child.is_tag_node:
                yield child
            if through_ends or child.is_tag_node or not child.has_ends:
                yield from child.walk(bottom_up=bottom_up, through_ends=through_ends)
            if bottom_up and not child.is_tag_node:
                yield child


def compare(old: Node | None, new: Node | None, path: Path) -> Change | None:
    """What has to happen for `old` to become `new`; None when nothing has."""
    node = new or old
    assert node is not None
    if node.is_leaf:
        return _compare_leaf(old, new, node.template, path)
    if old is None or new is None:
        state = State.ADDED if old is None else State.DELETED
        change = Change(path, node.template, state, node.is_tag_value)
    else:
        change = Change(path, node.template, State.UNCHANGED, node.is_tag_value)
    for name in sorted({*(old.children if old else ()), *(new.children if new else ())}):
        child = compare(old.children.get(name) if old else None, new.children.get(name) if new else None, (*path, name))
        if child:
            change.children.append(child)
    return change if change.children or change.state is not State.UNCHANGED else None


def _compare_leaf(old: Node | None, new: Node | None, template: Template, path: Path) -> Change | None:
    before, after = (old.values if old else []), (new.values if new else [])
    if template.definition.multi:
        values = [(value, State.UNCHANGED if value in before else State.ADDED) for value in after]
        values += [(value, State.DELETED) for value in before if value not in after]
        if all(state is State.UNCHANGED for _, state in values):
            return None
        state = State.CHANGED if old and new else State.ADDED if new else State.DELETED
        return Change(path, template, state, values=values)
    if old is None or new is None:
        state = State.DELETED if new is None else State.ADDED
        return Change(path, template, state, values=[(value, state) for value in after or before])
    if before == after and old.is_default == new.is_default:
        return None
    return Change(path, template, State.CHANGED, values=[(after[0], State.CHANGED)], is_same=before == after)
