"""A commit: in which units and order it acts, and what becomes of failures (vyatta-cfg, commit-algorithm.cpp)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from edgeos.changes import COMMIT_ACTION, Change, State, compare
from edgeos.configuration import Configuration
from edgeos.evaluate import Evaluation
from edgeos.machine import Machine
from edgeos.nodedef import PARENT, Shell
from edgeos.scope import Scope


@dataclass(eq=False, slots=True)
class Unit:
    """What is committed as one: it succeeds or fails as a whole, and then the next is tried."""

    root: Change
    priority: int
    around: Unit | None = None
    parent: State = State.UNCHANGED  # what happens to the node right above, which is in the unit around
    below: list[Unit] = field(default_factory=list)
    failed: bool = False

    def walk(self) -> Iterator[Unit]:
        yield self
        for unit in self.below:
            yield from unit.walk()


@dataclass(frozen=True, slots=True)
class Ran:
    """An action that was run."""

    kind: str  # begin, create, update, delete, end
    path: str
    commit_action: str

    def __str__(self) -> str:
        return f"{self.kind} {self.path} {self.commit_action}"


@dataclass(frozen=True, slots=True)
class Result:
    """How a commit went."""

    status: str  # what hooks find in COMMIT_STATUS
    said: tuple[str, ...]
    ran: tuple[Ran, ...]

    @property
    def actions(self) -> list[str]:
        return [str(one) for one in self.ran]


class _Failed(Exception):  # noqa: N818 - how a unit ends early
    """A check or an action of the unit did not succeed."""


@dataclass(slots=True)
class Commit:
    """One commit of `working`; afterwards `active` has what succeeded."""

    machine: Machine
    active: Configuration
    working: Configuration
    said: list[str] = field(default_factory=list)
    ran: list[Ran] = field(default_factory=list)

    def run(self) -> Result:
        root = compare(self.active.root, self.working.root, ())
        units = divide(root) if root else []
        for unit in units:
            self._unit(unit)
        if units:
            self._keep(units)
        return Result(_status([unit.failed for unit in units]), tuple(self.said), tuple(self.ran))

    def _unit(self, unit: Unit) -> None:
        """All checks of the unit, then its actions."""
        try:
            if _is_blocked(unit):
                raise _Failed
            for change in (unit.root, *unit.root.walk(bottom_up=False, through_ends=True)):
                self._check(change)
            self._execute(unit.root)
        except _Failed:
            unit.failed = True
            self.said.append(f"[[{' '.join(unit.root.path)}]] failed")

    def _check(self, change: Change) -> None:
        """Checks are made where something is added or changed, and where a child did. All have to hold."""
        if change.state is State.UNCHANGED and all(child.state is State.UNCHANGED for child in change.children):
            return
        if change.state is State.DELETED or (change.is_same and not change.template.definition.multi):
            return
        for value, state in change.values or [(change.at, change.state)]:
            if change.template.definition.multi and state is not State.ADDED:
                continue
            evaluation = self._evaluation(change, value, state)
            definition = change.template.definition
            held = all(evaluation.holds(check) for check in (*definition.syntax, *definition.commit))
            self.said += evaluation.said
            if not held:
                raise _Failed

    def _execute(self, change: Change) -> None:
        """begin; what is deleted below, from the bottom; the node itself; the rest below, from the top; end."""
        if change.template.definition.multi:
            self._multi(change, "delete")
            self._multi(change, "create")
            return
        self._act(change, "begin")
        for child in change.walk(bottom_up=True):
            if child.template.definition.multi:
                self._multi(child, "delete")
            elif child.state is State.DELETED:
                self._execute(child) if child.has_ends else self._act(child, "delete")
        self._act_itself(change)
        for child in change.walk(bottom_up=False):
            if child.template.definition.multi:
                self._multi(child, "create")
            elif child.state is State.DELETED:
                continue
            elif child.has_ends:
                self._execute(child)
            else:
                self._act_itself(child)
        self._act(change, "end")

    def _act_itself(self, change: Change) -> None:
        if change.state is not State.UNCHANGED:
            kind = {State.ADDED: "create", State.CHANGED: "update", State.DELETED: "delete"}[change.state]
            self._act(change, kind)

    def _act(self, change: Change, kind: str) -> None:
        if not change.is_same:
            self._run(change, kind, change.at, change.state)

    def _multi(self, change: Change, kind: Literal["delete", "create"]) -> None:
        """Each value that comes or goes for itself, between the node's begin and end."""
        for value, state in change.values:
            if state is State.UNCHANGED:
                continue
            self._run(change, "begin", value, state)
            if state is (State.DELETED if kind == "delete" else State.ADDED):
                self._run(change, kind, value, state)
            self._run(change, "end", value, state)

    def _run(self, change: Change, kind: str, value: str, state: State) -> None:
        """One action; update stands in for a create that is not there."""
        actions = change.template.definition.actions
        action = actions.get(kind) or (actions.get("update") if kind == "create" else None)
        if action is None:
            return
        self.ran.append(Ran(kind, " ".join(change.path), COMMIT_ACTION[state]))
        evaluation = self._evaluation(change, value, state, deleting=kind == "delete")
        done = evaluation.run(action.text) if isinstance(action, Shell) else evaluation.holds(action)
        self.said += evaluation.said
        if not done:
            raise _Failed

    def _evaluation(self, change: Change, value: str, state: State, *, deleting: bool = False) -> Evaluation:
        """References mean the proposal, and in a delete action what was."""
        scope = Scope(self.active if deleting else self.working, change.node_path, value)
        return Evaluation(scope, self.machine, {"COMMIT_ACTION": COMMIT_ACTION[state]})

    def _keep(self, units: list[Unit]) -> None:
        """What succeeded becomes active; what did not stays as it was. Units inside come after the one around them."""
        before = self.active.copy()
        for unit in sorted(units, key=lambda unit: len(unit.root.path)):
            self.active.replace(unit.root.path, before if unit.failed else self.working)


def _status(failed: list[bool]) -> str:
    if not any(failed):
        return "SUCCESS"
    return "FAILURE" if all(failed) else "PARTIAL"


def divide(root: Change) -> list[Unit]:
    """The units of a commit in order: removals from the highest priority down, then the others from the lowest up."""
    top = Unit(root, 0)
    _detach(root, top, root.state)
    units = list(top.walk())
    gone = [unit for unit in units if unit.root.state is State.DELETED]
    rest = [unit for unit in units if unit.root.state is not State.DELETED]
    return sorted(gone, key=lambda unit: -unit.priority) + sorted(rest, key=lambda unit: unit.priority)


def _detach(change: Change, unit: Unit, parent: State) -> None:
    """Take every node with a priority out of the unit it is in. One not above its parent's is put right above it."""
    for child in list(change.children):
        priority = child.template.definition.priority
        if not priority or child.is_tag_node:
            _detach(child, unit, parent if child.is_tag_node else child.state)
            continue
        change.children.remove(child)
        least = unit.priority + 1
        own = Unit(child, least if priority == PARENT else max(priority, least), unit, parent)
        unit.below.append(own)
        _detach(child, own, child.state)


def _is_blocked(unit: Unit) -> bool:
    """Nothing is made below what could not be made, nor taken away around what could not be taken away."""
    if unit.root.state is State.ADDED and unit.parent is State.ADDED and unit.around and unit.around.failed:
        return True
    return any(inner.failed and inner.root.state is inner.parent is State.DELETED for inner in unit.below)
