"""A machine with a program in place of the node, and what it shows of itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from everleaf.platform import Platform, platform
from everleaf.platform.service import Service
from interop.net import wait_until
from services.machine import Machine

GOOD, BAD = "[identity]\n", "[identiy]\n"
OWN_MANAGER = ("freebsd", "dragonfly", "netbsd", "openbsd", "openwrt", "macos")
PAIRS = [(home, platform(home).manager) for home in OWN_MANAGER]
# Where nobody but root exists there is a Linux whose node is root; root tests the same files with a user of its own.
PAIRS += [("linux", "pidfile")]
PAIRS += [("debian" if os.getuid() == 0 else "linux", by) for by in ("sysvinit", "runit", "openrc")]
PAIRS += [("debian", "pidfile"), ("void", "runit")]


def until(done: Callable[[], object], what: str) -> None:
    wait_until(done, what, 20)


def hosts(pairs: list[tuple[str, str]], fixture: str = "host") -> pytest.MarkDecorator:
    """Run a test for these platforms and managers. Only root's machine can have other users."""
    marks = {True: [pytest.mark.root], False: []}
    params = [
        pytest.param(pair, id="-".join(pair), marks=marks[platform(pair[0]).user == "everleaf"]) for pair in pairs
    ]
    return pytest.mark.parametrize(fixture, params, indirect=True)


class Host:
    """The program is installed, and no service yet."""

    def __init__(self, machine: Machine, home: Platform, made: Service, program: Path) -> None:
        self.machine = machine
        self.home = home
        self.made = made
        machine.copy(program, home.binary)
        machine.write("/journal", "", "0666")

    def install(self) -> None:
        """Put the service there as a deploy does, but do not start it."""
        for step in (self.made.account, self.made.tun):
            self.machine.run(f"{step.check} || {{ {step.make}; }}")
            self.machine.run(step.check)
        for directory in self.made.directories:
            self.machine.run(f"mkdir -p {directory.path} && chmod {directory.mode} {directory.path}")
            self.machine.run(f"chown {directory.owner}:{directory.group} {directory.path}")
        for file in self.made.files:
            self.machine.write(file.path, file.content, file.mode)
        self.configure(GOOD)
        self.tell("refresh")

    def configure(self, text: str) -> None:
        self.machine.write(self.home.config, text, "0640")
        self.machine.run(f"chown root:{self.home.group} {self.home.config}")

    def ask(self, verb: str) -> bool:
        return self.machine.attempt(self.made.commands[verb]).returncode == 0

    def tell(self, verb: str) -> None:
        self.machine.run(self.made.commands[verb])

    def start(self) -> int:
        """Start it as a deploy does; the pid of the node."""
        self.tell("enable")
        self.tell("start")
        until(lambda: self.pid, "it runs")
        return self.pid

    @property
    def pid(self) -> int:
        """The node's, as the machine sees it; 0 when no node runs."""
        done = self.machine.attempt(f'pid=$(cat {self.home.pidfile}) && kill -0 "$pid" && echo "$pid"')
        return int(done.stdout) if done.returncode == 0 else 0

    def journal(self, event: str) -> list[int]:
        """The numbers that the node told with an event."""
        lines = self.machine.attempt("cat /journal").stdout.splitlines()
        return [int(number) for name, number in map(str.split, lines) if name == event]

    def kill(self) -> int:
        """Kill the node and its loader like the kernel out of memory; the pid it had."""
        pid = self.pid
        self.machine.run(f"kill -9 $(ps -o ppid= -p {pid}) {pid}")
        return pid

    def facts(self, name: str) -> str:
        return self.machine.run(f"cat /proc/{self.pid}/{name}").replace("\0", "\n")

    def unpacked(self) -> list[str]:
        """Directories where single files have unpacked themselves."""
        return self.machine.attempt(f"ls -d {self.home.cache}/_MEI*").stdout.split()
