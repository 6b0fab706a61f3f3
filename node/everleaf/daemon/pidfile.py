"""The daemon's own pid in a file: a frozen program is two processes, and only it knows which one to signal."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from everleaf.errors import OutputError


@contextlib.contextmanager
def pidfile(path: Path | None) -> Iterator[None]:
    """Hold `path` with our pid while the body runs; written aside and renamed, removed at the end if still ours."""
    if path is None:
        yield
        return
    _write(path)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if read_pid(path) == os.getpid():
                path.unlink()


def read_pid(path: Path) -> int:
    """Whose number is in a pid file; 0 when there is no such file, or something else in it."""
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _write(path: Path) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_text(f"{os.getpid()}\n")
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise OutputError(
            f"cannot write the pid file {path}: {error.strerror}", fix="check that its directory exists and is writable"
        ) from error
