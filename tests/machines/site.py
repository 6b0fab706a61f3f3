"""A controller and its machines on one Ethernet segment, as a small fleet's owner has them."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from pathlib import Path

from interop.net import Host, Net
from machines.bases import BASES, PACKAGERS
from machines.machine import Machine

SEGMENT = "10.88.0"


class Site:
    """The controller is a network namespace of this computer; the bridge between all of them is in it."""

    def __init__(self, directory: Path) -> None:
        self.net = Net(directory)
        self.directory = directory
        self.controller: Host = self.net.host("controller")
        self.machines: dict[str, Machine] = {}
        self.key = directory / "ssh_key"
        for command in ("ip link add segment type bridge", f"ip address add {SEGMENT}.1/24 dev segment"):
            self.controller.run(*command.split())
        self.controller.run("ip", "link", "set", "segment", "up")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True)

    def add(self, name: str, kind: str) -> Machine:
        """A machine of a kind of BASES, prepared but not booted."""
        host = self.net.host(name)
        address = f"{SEGMENT}.{len(self.machines) + 2}"
        self._plug(host, address)
        machine = Machine(host, self.controller, (BASES | {PACKAGERS.name: PACKAGERS})[kind], address)
        self.machines[name] = machine
        machine.prepare(self.key.with_suffix(".pub").read_text())
        return machine

    def ssh(self, name: str, command: str) -> str:
        """Run a command on a machine, as the controller would."""
        return self.controller.run(*self.ssh_words(), f"root@{self.machines[name].address}", command)

    def ssh_words(self) -> list[str]:
        known = self.directory / "known_hosts"
        options = ["-o", "StrictHostKeyChecking=accept-new", "-o", f"UserKnownHostsFile={known}", "-o", "BatchMode=yes"]
        return ["ssh", "-q", "-i", str(self.key), *options]

    def close(self) -> None:
        """End everything, also when the end of one machine fails."""
        with ExitStack() as ends:
            ends.callback(self.net.close)
            for machine in self.machines.values():
                ends.callback(machine.close)

    def _plug(self, host: Host, address: str) -> None:
        port = f"port{len(self.machines)}"
        host.run(
            "ip", "link", "add", "eth0", "type", "veth", "peer", "name", port, "netns", f"{self.controller.namespace}"
        )
        host.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
        host.run("ip", "link", "set", "eth0", "up")
        self.controller.run("ip", "link", "set", port, "master", "segment", "up")
