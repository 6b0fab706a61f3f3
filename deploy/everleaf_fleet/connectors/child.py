"""Commands that run here, many side by side, each as a child of this process.

gevent's way to start one, which is pyinfra's, forks: the kernel copies the memory map of a Python that has all hosts in
mind, the copy closes their descriptors one by one, and both pay for each page that they touch. That costs more than
most commands do, and more with every host. `posix_spawn` shares the memory until the command is there; Python's own
`subprocess` would as well, but gevent takes that away where it stands in for it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

from gevent import get_hub
from gevent.fileobject import FileObject
from gevent.os import fork_and_watch, waitpid
from pyinfra.connectors.util import CommandOutput, read_output_buffers


def run(
    words: Sequence[str], stdin: int | None = None, timeout: int | None = None, prefix: str | None = None
) -> tuple[int, CommandOutput]:
    """The exit status of a command, and all that it said; with `prefix` that is printed as well.

    It reads what the descriptor `stdin` has, or nothing. Raises TimeoutError, and leaves the command alone then.
    """
    (out, its_out), (err, its_err) = os.pipe(), os.pipe()
    with FileObject(out, "rb") as stdout, FileObject(err, "rb") as stderr:
        try:
            pid = _start(words, stdin, its_out, its_err)
        finally:
            os.close(its_out)
            os.close(its_err)
        said = read_output_buffers(stdout, stderr, timeout, prefix is not None, prefix or "")
    _, status = waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), said


def _start(words: Sequence[str], stdin: int | None, stdout: int, stderr: int) -> int:
    """The pid of a command that has these three descriptors and no others."""
    fed = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0) if stdin is None else (os.POSIX_SPAWN_DUP2, stdin, 0)
    ends = [fed, (os.POSIX_SPAWN_DUP2, stdout, 1), (os.POSIX_SPAWN_DUP2, stderr, 2)]
    files = ends + [(os.POSIX_SPAWN_CLOSE, one) for one in _inheritable() if one > 2]
    default = (signal.SIGPIPE, signal.SIGXFSZ)  # Python ignores these, and what is ignored is inherited

    def spawn() -> int:
        return os.posix_spawnp(words[0], list(words), os.environ, file_actions=files, setsigdef=default)

    get_hub().loop.install_sigchld()  # or the end of a command that ends at once is missed
    return int(fork_and_watch(fork=spawn))


def _inheritable() -> Iterator[int]:
    """Descriptors that were left to this process. A daemon that kept one would keep whoever reads its other end."""
    for entry in Path("/proc/self/fd").iterdir():
        try:
            if os.get_inheritable(int(entry.name)):
                yield int(entry.name)
        except OSError:  # that of the directory itself
            continue
