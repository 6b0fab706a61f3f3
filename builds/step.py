"""A step of a build: one program that must succeed, its output kept for the day it does not."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from builds.errors import BuildError

LINES = 40  # of a failed step's output are shown


def cache() -> Path:
    """Where roots, sources and libraries are kept between builds, outside the tree."""
    place = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "everleaf"
    place.mkdir(parents=True, exist_ok=True)
    return place


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Use the cache while no other build does: its rooms have the names of targets, and are emptied for each."""
    with (cache() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another build, which uses {cache()}, too")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """A line for who waits."""
    print(f"builds: {text}", file=sys.stderr, flush=True)


def run(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run it, with `env` on top of ours; what it printed. Raise BuildError with the end of that when it fails."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=os.environ | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise BuildError(f"{words[0]} is missing", fix="install it; on Debian: builds/bootstrap.sh --peers") from None
    if done.returncode:
        last = "\n".join(done.stdout.splitlines()[-LINES:])
        raise BuildError(f"exit status {done.returncode} of: {' '.join(words)}", fix=last)
    return done.stdout


def empty(directory: Path) -> Path:
    """Make `directory` anew, with nothing in it."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory
