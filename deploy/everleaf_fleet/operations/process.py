"""The node's process on a host that has no service manager: in the background, known by its pidfile."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import PurePosixPath

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf_fleet.facts.process import NodeProcess

STOP_SECONDS = 10


@operation()
def running(binary: str, config: str, pidfile: str, log_file: str) -> Generator[StringCommand, None, None]:
    """Have the node run with the program and configuration that are installed.

    + binary: the node's program on the host
    + config: its configuration
    + pidfile: where it writes its pid
    + log_file: where its log goes
    """
    process = host.get_fact(NodeProcess, pidfile=pidfile, files=[binary, config])
    if process and not process.changed:
        host.noop(f"the node already runs as process {process.pid}")
        return
    if process:
        yield _stop(process.pid)
    yield StringCommand("mkdir -p", QuoteString(str(PurePosixPath(pidfile).parent)))
    words = (binary, "run", "--config", config, "--pidfile", pidfile)
    yield StringCommand("setsid", *map(QuoteString, words), "</dev/null >>", QuoteString(log_file), "2>&1 &")


def _stop(pid: int) -> StringCommand:
    """Ask the process to end, and wait; it has STOP_SECONDS to say goodbye to its peers."""
    gone = f"for _ in $(seq {STOP_SECONDS * 10}); do kill -0 {pid} 2>/dev/null || exit 0; sleep 0.1; done; exit 1"
    return StringCommand(f"kill {pid}; {gone}")
