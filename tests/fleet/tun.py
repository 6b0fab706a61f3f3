"""The TUN driver of this machine, which may be root's alone."""

from __future__ import annotations

import fcntl
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TUN = Path("/dev/net/tun")
LOCK = Path(tempfile.gettempdir()) / "everleaf-tests-tun.lock"


@contextmanager
def open_to_all() -> Iterator[None]:
    """Let every user open it, as on most machines. The last of all processes that want so puts back what was."""
    with LOCK.open("a+") as lock:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock.truncate(0)
            print(stat.S_IMODE(TUN.stat().st_mode), file=lock, flush=True)
        fcntl.flock(lock, fcntl.LOCK_SH)
        TUN.chmod(0o666)
        yield
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock.seek(0)
            TUN.chmod(int(lock.read()))
