"""A user in configuration mode: what he types, and what the router answers."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from edgeos.commit import Commit, Result
from edgeos.configuration import Configuration, Path, Refused
from edgeos.evaluate import Evaluation, has_type
from edgeos.machine import Machine
from edgeos.scope import Scope, look
from edgeos.templates import Template


@dataclass(slots=True)
class Session:
    """One session. `active` is the router's configuration, which commits change; `working` the user's proposal."""

    machine: Machine
    active: Configuration
    working: Configuration

    @classmethod
    def open(cls, templates: Template, machine: Machine) -> Session:
        """On a router without any configuration."""
        return cls(machine, Configuration(templates), Configuration(templates))

    def type(self, lines: str) -> None:
        """Commands `set ...` and `delete ...`, one a line. Raises Refused at the first that is not taken."""
        for line in lines.strip().splitlines():
            verb, *words = shlex.split(line)
            {"set": self.set, "delete": self.delete}[verb](*words)

    def set(self, *path: str) -> None:
        """Raise Refused, with what the user is told, when the grammar or a value does not allow it."""
        self._judge(path)
        self.working.set(path)

    def delete(self, *path: str) -> None:
        """Raise Refused when there is nothing of that name."""
        self.working.delete(path)

    def commit(self) -> Result:
        self.machine.show(self.active, self.working)
        return Commit(self.machine, self.active, self.working).run()

    def _judge(self, path: Path) -> None:
        """What `set` checks: every word along the path, and every value."""
        for end in range(1, len(path) + 1):
            place = look(self.working.root.template, path[:end])
            if place is None:
                raise Refused("The specified configuration node is not valid")
            if place.is_value:
                self._judge_value(place.template, path[: end - 1], path[end - 1])
        last = look(self.working.root.template, path)
        if last and not last.is_value and last.template.definition.types:
            raise Refused("The specified configuration node requires a value")

    def _judge_value(self, template: Template, path: Path, value: str) -> None:
        definition = template.definition
        if not has_type(definition, value):
            raise Refused(f'"{value}" is not a valid value of type "{definition.types[0]}"')
        evaluation = Evaluation(Scope(self.working, path, value), self.machine, {})
        for check in definition.syntax:
            if not evaluation.holds(check):
                raise Refused("\n".join([*evaluation.said, "Value validation failed"]))
