"""Ansible on a controller that has nothing but our collection, and what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TASK = re.compile(r"^TASK \[(?:\S+ : )?(.*?)\] \*+$", re.MULTILINE)
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
            "REMOTE_TEMP": "/tmp",
            "SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
        }

    def words(self, program: str, *words: object) -> list[str]:
        """`ansible-PROGRAM` on the fleet; `ansible` itself for an empty name."""
        variables = self.environment | {f"ANSIBLE_{name}": value for name, value in self.settings.items()}
        environment = [f"{name}={value}" for name, value in variables.items()]
        command = ["env", "-i", f"--chdir={self.directory}", *environment, _program(program), *words]
        return [*self.before, *map(str, command)]

    def run(self, program: str, *words: object, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Such a program, until it ends."""
        command = self.words(program, *words)
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)

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
    for task, lines in _tasks(said):
        if hosts := {host[1] for line in lines if (host := _CHANGED.match(line))}:
            found.setdefault(task, set()).update(hosts)
    return found


def differences(said: str) -> dict[str, list[str]]:
    """The lines that `--diff` has shown as new or gone, by the names of the tasks."""
    found: dict[str, list[str]] = {}
    for task, lines in _tasks(said):
        if changed := [line for line in lines if line[:1] in ("+", "-") and line[:3] not in ("+++", "---")]:
            found[task] = sorted(changed)
    return found


def _tasks(said: str) -> Iterator[tuple[str, list[str]]]:
    """Each task's name, with the lines that follow."""
    parts = _TASK.split(said)
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        yield name, text.splitlines()
