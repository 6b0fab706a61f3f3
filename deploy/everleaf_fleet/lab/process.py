"""Processes that are the first in namespaces of their own: start them, find them again, end them."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from everleaf_fleet.lab import preflight

NAMESPACES = {"lab": ("user", "mount", "net", "pid"), "host": ("mount", "net", "uts", "pid")}


@dataclass(frozen=True, slots=True)
class First:
    """A process found in the process table: its pid, its kind, and the arguments of its script."""

    pid: int
    kind: str  # a key of NAMESPACES
    arguments: tuple[str, ...]
    user_namespace: int  # equal for a lab and its hosts, and for nothing else


def script(kind: str) -> str:
    """What a first process of this kind runs."""
    return str(Path(__file__).with_name(f"{kind}.sh"))


def spawn(
    kind: str, *arguments: str, within: Sequence[str] = (), stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """Start a first process. `within` are the words that enter the namespaces around it."""
    new = [f"--{namespace}" for namespace in NAMESPACES[kind]] + ["--map-root-user"] * ("user" in NAMESPACES[kind])
    return subprocess.Popen(
        [*within, "unshare", *new, "--fork", "sh", script(kind), *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us, who end it in order
        text=True,
    )


def pid_of(started: subprocess.Popen[str]) -> int:
    """The pid that the process itself, not its `unshare`, has here. Raise NodeError if it could not start."""
    assert started.stdout
    assert started.stderr
    line = started.stdout.readline()
    if not line:
        _, said = started.communicate()
        raise preflight.explain(said.strip())
    started.stdout.close()
    started.stderr.close()
    return int(line)


def end(pid: int) -> None:
    """Kill a first process and wait for its end, which is the end of everything in its namespaces."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [])
    finally:
        os.close(handle)


def find(kind: str) -> Iterator[First]:
    """Every first process of this kind that belongs to this user."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            words = (entry / "cmdline").read_text().split("\0")[:-1]
            if words[:2] == ["sh", script(kind)] and entry.stat().st_uid == os.getuid():
                yield First(int(entry.name), kind, tuple(words[2:]), (entry / "ns" / "user").stat().st_ino)
        except OSError:  # it has just ended
            continue
