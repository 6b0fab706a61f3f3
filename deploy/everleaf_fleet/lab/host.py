"""One host of a lab: how to get inside, run something there, and read what it says."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from everleaf.errors import NodeError

ENVIRONMENT = {
    "HOME": "/tmp",  # the home of root is the machine's, and sealed
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}


class LabCommandError(NodeError):
    """A command inside a host failed."""


def enter(init: int, *namespaces: str) -> list[str]:
    """The words before a command that runs it in these namespaces of process `init`, as that namespace's root."""
    return ["nsenter", f"--target={init}", "--preserve-credentials", "--user", *(f"--{name}" for name in namespaces)]


@dataclass(frozen=True, slots=True)
class LabHost:
    """A host that runs, known by the pid its first process has on this machine."""

    name: str
    init: int

    def words(self, command: Sequence[str], **environment: str) -> list[str]:
        """`command` as this machine must start it to run inside, with a clean environment and `/` as its directory."""
        settings = [f"{key}={value}" for key, value in (ENVIRONMENT | environment).items()]
        inside = enter(self.init, "mount", "net", "uts", "pid")
        return [*inside, "env", "--ignore-environment", "--chdir=/", *settings, *command]

    def on_its_wires(self, command: Sequence[str]) -> list[str]:
        """`command` as it must start to use the host's network with this machine's files: some are hidden inside."""
        return [*enter(self.init, "net"), *command]

    def run(self, *command: str, stdin: str = "", timeout: float = 60) -> str:
        """What `command` printed. Raise LabCommandError, with its last words, when it fails or takes longer."""
        done = self.attempt(*command, stdin=stdin, timeout=timeout)
        if done.returncode:
            said = (done.stderr or done.stdout).strip() or f"exit status {done.returncode}"
            raise LabCommandError(f"{self.name}: {' '.join(command)}: {said}")
        return done.stdout

    def attempt(self, *command: str, stdin: str = "", timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """The outcome of `command`, whatever it is. Raise LabCommandError when it takes longer than `timeout`."""
        try:
            return subprocess.run(
                self.words(command), input=stdin, capture_output=True, text=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            raise LabCommandError(f"{self.name}: {' '.join(command)}: no end after {timeout:g} s") from None
