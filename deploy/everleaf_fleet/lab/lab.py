"""The life of a lab. The kernel's process table is its only record: nothing is written down that could outlive it.

A lab is a process that is the first in its user, mount, network and process namespaces; each host is such a process
inside. When the first one dies, the kernel kills all others; their mounts, wires and files (in memory) go with them.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from everleaf.errors import HostError, UnavailableError
from everleaf_fleet.lab import preflight, process
from everleaf_fleet.lab.host import LabHost, enter
from everleaf_fleet.lab.topology import Topology


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab that runs, known by the pid of its first process."""

    init: int
    topology: Topology
    hosts: tuple[LabHost, ...]

    @classmethod
    @contextmanager
    def running(cls, topology: Topology, *, keep: bool = False) -> Iterator[Lab]:
        """A new lab, gone when the block ends or this process dies. A kept one stays, unless the block raises."""
        preflight.check()
        stdin, hold = os.pipe()  # the lab lives while we hold the other end of its stdin
        children: list[subprocess.Popen[str]] = []
        with ExitStack() as ending:  # undone from the last line to the first
            ending.callback(_reap, children)
            ending.callback(os.close, hold)
            children.append(process.spawn("lab", topology.shape, str(topology.count), stdin=stdin))
            os.close(stdin)
            init = process.pid_of(children[0])
            ending.callback(process.end, init)
            lab = cls(init, topology, _start_hosts(init, topology, children))
            _join(lab)
            yield lab
            if keep:
                os.write(hold, b"stay\n")
                ending.pop_all()
                os.close(hold)

    @classmethod
    def find(cls, init: int | None = None) -> Lab:
        """The lab whose first process is `init`, or else is named by the variable EVERLEAF_LAB, or else the only one.

        Raise UnavailableError if there is none.
        """
        init = init or int(os.environ.get("EVERLEAF_LAB", "0")) or None
        found = [first for first in process.find("lab") if init in (None, first.pid)]
        if not found:
            raise UnavailableError("no lab is running", fix="start one: everleaf-fleet demo --keep")
        if len(found) > 1:
            pids = ", ".join(str(first.pid) for first in found)
            raise UnavailableError(f"more than one lab is running: {pids}", fix="say which: --lab PID")
        return cls._of(found[0])

    @classmethod
    def _of(cls, first: process.First) -> Lab:
        shape, count = first.arguments
        topology = Topology(shape, int(count))
        inside = [one for one in process.find("host") if one.user_namespace == first.user_namespace]
        hosts = {one.arguments[0]: LabHost(one.arguments[0], one.pid) for one in inside}
        return cls(first.pid, topology, tuple(hosts[name] for name in topology.hosts if name in hosts))

    def host(self, name: str) -> LabHost:
        """Raise UnavailableError, naming those that run, when `name` does not."""
        for host in self.hosts:
            if host.name == name:
                return host
        names = ", ".join(host.name for host in self.hosts)
        raise UnavailableError(f"no host {name!r} runs in this lab", fix=f"choose one of: {names}")

    def down(self) -> None:
        """End the lab and wait until nothing of it is left."""
        process.end(self.init)


def _start_hosts(init: int, topology: Topology, children: list[subprocess.Popen[str]]) -> tuple[LabHost, ...]:
    """All hosts, started side by side and added to `children`."""
    inside = enter(init, "mount", "net", "pid")
    started = [process.spawn("host", name, within=inside) for name in topology.hosts]
    children += started
    return tuple(LabHost(name, process.pid_of(child)) for name, child in zip(topology.hosts, started, strict=True))


def _reap(children: list[subprocess.Popen[str]]) -> None:
    for child in children:
        with child:  # closes its pipes and waits
            pass


def _join(lab: Lab) -> None:
    """Lay the wires, and give both ends of each its address."""
    inits = {host.name: host.init for host in lab.hosts}
    wires = []
    ends = {host.name: ["link set lo up"] for host in lab.hosts}
    for edge in lab.topology.edges:
        (one, here), (other, there) = edge.ends
        wires.append(f"link add name {here} netns {inits[one]} type veth peer name {there} netns {inits[other]}")
        for host, interface in edge.ends:
            ends[host] += [f"address add {edge.address(host)}/64 dev {interface} nodad", f"link set {interface} up"]
    _ip(enter(lab.init, "net"), wires)
    for name, lines in ends.items():
        _ip(enter(inits[name], "net"), lines)


def _ip(within: list[str], lines: list[str]) -> None:
    """Run these lines of `ip` in one go."""
    command = [*within, "ip", "-batch", "-"]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=False)
    if done.returncode:
        raise HostError(f"a wire of the lab cannot be laid: {done.stderr.strip()}", fix="load the kernel module veth")
