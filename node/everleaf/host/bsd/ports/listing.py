"""Who listens, told by this system's own programs: one for the sockets and, where that knows none, one for owners.

from everleaf.host.bsd.ports import fstat, netstat
from everleaf.host.bsd.ports.listing import list_ports

ports = list_ports(kernel, netstat.OPENBSD, fstat.OPENBSD)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from everleaf.errors import HostError
from everleaf.host.base import ListeningPort
from everleaf.host.bsd.kernel import Kernel


@dataclass(frozen=True, slots=True)
class Listing:
    """A program that lists sockets, and how to read what it prints."""

    command: tuple[str, ...]
    parse: Callable[[str], list[ListeningPort]]


def list_ports(kernel: Kernel, sockets: Listing, owners: Listing | None = None) -> Sequence[ListeningPort]:
    """Sorted, each once. Raises `HostError` when the sockets cannot be listed; without owners they still are."""
    done = kernel.run(sockets.command)
    if done.status:
        line, output = " ".join(sockets.command), (done.stderr or done.stdout).strip()
        raise HostError(f"{line} failed with status {done.status}: {output}", fix=f"run it by hand: {line}")
    ports = sockets.parse(done.stdout)
    return sorted(set(_with_owners(ports, owners.parse(kernel.run(owners.command).stdout)) if owners else ports))


def _with_owners(ports: Sequence[ListeningPort], owned: Sequence[ListeningPort]) -> list[ListeningPort]:
    """One row for each process that has a port, a bare row where nobody is known."""
    holders = defaultdict(list)
    for owner in owned:
        holders[_socket(owner)].append(owner)
    return [
        replace(port, process=holder.process, pid=holder.pid)
        for port in ports
        for holder in holders.get(_socket(port), [port])
    ]


def _socket(port: ListeningPort) -> tuple[str, int, str]:
    """What both programs agree on: one writes a scope by its name, the other by its number."""
    return port.protocol, port.port, port.address.partition("%")[0]
