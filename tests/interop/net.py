"""Hosts for a test: network namespaces joined by veth pairs.

A namespace is held by a process of ours and has no name, so two test runs cannot meet, and the kernel takes everything
away when that process ends. Every process here dies with the test runner, even if the runner is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--")


class CommandError(AssertionError):
    """A program that a test relies on failed."""


def wait_until(condition: Callable[[], Any], what: str, timeout: float = 20.0, pause: float = 0.05) -> Any:
    """The first true value of `condition`; fail, naming `what`, if there is none in `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"not in {timeout:g} s: {what}; last seen {value!r}")
        time.sleep(pause)


@dataclass(eq=False)
class Host:
    """One network namespace."""

    name: str
    directory: Path  # for files of programs that run here
    _holder: subprocess.Popen[str]
    _children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def namespace(self) -> int:
        """The process that stands for the namespace, for `ip link ... netns PID`."""
        return self._holder.pid

    def inside(self, *command: str) -> list[str]:
        """`command` as it must be started to run in this namespace."""
        return [*DIE_WITH_PARENT, "nsenter", f"--target={self.namespace}", "--net", *command]

    def run(self, *command: str, timeout: float = 60.0) -> str:
        """Standard output of a command that must succeed."""
        done = self.attempt(*command, timeout=timeout)
        if done.returncode != 0:
            raise CommandError(f"{self.name}: {' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def attempt(self, *command: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """A command that may fail."""
        return subprocess.run(self.inside(*command), capture_output=True, text=True, timeout=timeout, check=False)

    def spawn(self, *command: str, **options: Any) -> subprocess.Popen[bytes]:
        """A program in the background; it ends with the host at the latest."""
        options.setdefault("stdin", subprocess.DEVNULL)
        child = subprocess.Popen(self.inside(*command), start_new_session=True, **options)
        self._children.append(child)
        return child

    def pings(self, address: str, *, count: int = 1, interval: float = 0.2, wait: float = 1.0, size: int = 56) -> int:
        """How many of `count` echo requests were answered."""
        command = ("ping", "-n", "-c", f"{count}", "-i", f"{interval}", "-W", f"{wait}", "-s", f"{size}", address)
        return self.attempt(*command, timeout=30 + count * (interval + 0.1)).stdout.count("bytes from")

    def close(self) -> None:
        """End what was spawned here, then the namespace."""
        for child in self._children:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.communicate()
        self._holder.kill()
        self._holder.communicate()


class Net:
    """The hosts of one test and the wires between them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.hosts: list[Host] = []
        self._wires: dict[tuple[Host, Host], int] = {}

    def host(self, name: str) -> Host:
        """A new host that knows only itself."""
        directory = self.directory / name
        directory.mkdir()
        holder = subprocess.Popen(
            [*DIE_WITH_PARENT, "unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert holder.stdout is not None
        host = Host(name, directory, holder)
        self.hosts.append(host)
        if holder.stdout.readline() != "up\n":
            raise CommandError(f"no network namespace for {name}: are we root?")
        return host

    def wire(self, a: Host, b: Host) -> tuple[str, str]:
        """Join two hosts by a veth pair, once; the IPv4 addresses of `a` and `b` on it."""
        if (b, a) in self._wires:
            return self.wire(b, a)[::-1]
        if (a, b) not in self._wires:
            number = self._wires[a, b] = len(self._wires) + 1
            self.join(number, a, b)
        number = self._wires[a, b]
        return f"10.77.{number}.1", f"10.77.{number}.2"

    def join(self, number: int, a: Host, b: Host) -> None:
        """A veth pair."""
        name = f"wire{number}"
        a.run("ip", "link", "add", name, "type", "veth", "peer", "name", name, "netns", f"{b.namespace}")
        address_wire(number, a, b)

    def cut(self, a: Host, b: Host) -> None:
        """Pull the wire between two hosts."""
        a.run("ip", "link", "set", self._interface(a, b), "down")

    def mend(self, a: Host, b: Host) -> None:
        """Plug a pulled wire in again."""
        a.run("ip", "link", "set", self._interface(a, b), "up")

    def _interface(self, a: Host, b: Host) -> str:
        return f"wire{self._wires.get((a, b)) or self._wires[b, a]}"

    def close(self) -> None:
        """End every process and namespace, newest first."""
        while self.hosts:
            self.hosts.pop().close()


def address_wire(number: int, a: Host, b: Host) -> None:
    """Give both ends of a wire their addresses."""
    name = f"wire{number}"
    for host, last in ((a, 1), (b, 2)):
        host.run("ip", "address", "add", f"10.77.{number}.{last}/30", "dev", name)
        host.run("ip", "address", "add", f"fd77::{number}:{last}/112", "dev", name, "nodad")
        host.run("ip", "link", "set", name, "up")
