"""Ansible on a controller that has nothing but our collection, and what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TASK = re.compile(r"TASK \[(?:\S+ : )?(.*?)\] \*+")
_CHANGED = re.compile(r"changed: \[(.*?)\]")


def built(directory: Path) -> Path:
    """The collection as users get it, installed below `directory`; where collections are looked for."""
    places = directory / "collections"
    for words in (
        ("build", "--output-path", directory, ROOT),
        ("install", "--offline", "--no-deps", "-p", places, directory / "everleaf-overlay-0.1.0.tar.gz"),
    ):
        done = subprocess.run([_program("galaxy"), "collection", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return places


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(f"ansible-{name}" if name else "ansible"))


class Controller:
    """Runs Ansible's programs. `before` are words that take a command to where it shall run."""

    def __init__(self, directory: Path, collections: Path, before: Sequence[str] = ()) -> None:
        self.directory = directory
        self.fleet = directory / "fleet.toml"
        self.before = before
        self.environment = {"HOME": str(directory), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        self.settings = {
            "COLLECTIONS_PATH": collections,
            "FORKS": 10,
            "HOME": directory / ".ansible",
            "HOST_KEY_CHECKING": 0,
            "INVENTORY": self.fleet,
            "INVENTORY_ANY_UNPARSED_IS_FAILED": 1,
            "INVENTORY_ENABLED": "everleaf.overlay.fleet",
            "LOCAL_TEMP": directory / "tmp",
            "NOCOLOR": 1,
            "PIPELINING": 1,
            "SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
        }

    def run(self, program: str, *words: object, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """`ansible-PROGRAM` on the fleet; `ansible` itself for an empty name."""
        variables = self.environment | {f"ANSIBLE_{name}": value for name, value in self.settings.items()}
        environment = ["env", "-i", *(f"{name}={value}" for name, value in variables.items())]
        command = [*self.before, *environment, _program(program), *words]
        return subprocess.run(
            list(map(str, command)), capture_output=True, text=True, timeout=timeout, check=False, cwd=self.directory
        )

    def play(self, name: str, *words: object) -> subprocess.CompletedProcess[str]:
        """One of the collection's playbooks."""
        return self.run("playbook", f"everleaf.overlay.{name}", *words)

    def changed(self, name: str, *words: object) -> dict[str, set[str]]:
        """The tasks that changed something, or would, in a play that succeeds; each with its hosts."""
        done = self.play(name, *words)
        assert done.returncode == 0, done.stdout[-8000:] + done.stderr
        return changes(done.stdout)

    def tasks(self, *tasks: object, extra: object = None, hosts: str = "all") -> subprocess.CompletedProcess[str]:
        """These tasks, on every host of the fleet."""
        book = [{"hosts": hosts, "gather_facts": False, "tasks": list(tasks), "vars": extra or {}}]
        path = self.directory / "playbook.yml"
        path.write_text(json.dumps(book))  # which is YAML too
        return self.run("playbook", path)


def changes(said: str) -> dict[str, set[str]]:
    """What a run has changed, by the names of the tasks."""
    found: dict[str, set[str]] = {}
    task = ""
    for line in said.splitlines():
        if begun := _TASK.match(line):
            task = begun[1]
        elif host := _CHANGED.match(line):
            found.setdefault(task, set()).add(host[1])
    return found
