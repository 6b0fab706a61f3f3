"""A fleet in a lab, told by a file as real ones are: every host dials the one before it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from everleaf.platform import platform
from everleaf_fleet.model import lock as locks

FAKE_NODE = Path(__file__).with_name("fake_node.sh")
NODE = f'#!/bin/sh\nexec {sys.executable} -m everleaf "$@"\n'  # the real one, as it stands here
HOME = platform("linux")


class Mesh:
    """The fleet's file, the programs, and one run of `everleaf-fleet` after the other."""

    def __init__(self, lab, directory, node=NODE):
        self.lab = lab
        self.directory = directory
        self.file = directory / "fleet.toml"
        self.node = node
        self.addresses = {}
        for edge in lab.topology.edges:  # in a line, the later one of a host's wires leads to whoever dials it
            self.addresses |= {host: str(edge.address(host)) for host, _ in edge.ends}
        self.said = ""  # all that was ever printed
        self.program("1.0")
        self.wants()

    def program(self, version, line=""):
        """A version of the node: the node itself, with another line at its beginning."""
        first, rest = self.node.split("\n", 1)
        path = self.directory / f"everleaf-{version}"
        path.write_text(f"{first}\n# {version}\n{line}\n{rest}")
        path.chmod(0o755)

    def wants(self, version="1.0", names=None, within="60s", slack="120s", batch=("1", "100%"), more="", **hosts):
        """Write the fleet's file. `hosts` are lines for some of them, `names` the hosts it has, if not all."""
        names = names or self.lab.topology.hosts
        tables = [
            f'[fleet]\nname = "test"\nversion = "{version}"\nchannel = "{self.directory}"',
            f'[upgrade]\nbatch = {json.dumps(batch)}\ngate = {{ within = "{within}", slack = "{slack}" }}',
            '[defaults]\nplatform = "linux"\nconnector = "lab"\nmtu = 1400\nlisten = ["tls://[::]:9001"]',
        ]
        for before, name in zip([None, *names], names, strict=False):
            peers = f"peers = {json.dumps([before])}\n" if before else ""
            tables.append(f'[hosts.{name}]\naddress = "{self.addresses[name]}"\n{peers}{hosts.get(name, "")}')
        self.file.write_text("\n".join([*tables, more, ""]))

    def words(self, command, *words):
        """One run of the toolkit, as people do it, but that nobody is asked."""
        given = () if command == "plan" else ("--yes",)
        return [sys.executable, "-m", "everleaf_fleet", command, "--fleet", str(self.file), "--json", *given, *words]

    @property
    def environment(self):
        return os.environ | {"EVERLEAF_LAB": str(self.lab.init)}

    def run(self, command, *words, timeout=300):
        """Its exit status, and what it says of each host."""
        done = subprocess.run(
            self.words(command, *words),
            capture_output=True, text=True, timeout=timeout, check=False, env=self.environment,
        )  # fmt: skip
        self.said += done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        assert done.stdout, done.stderr
        return done.returncode, {row["host"]: row for row in json.loads(done.stdout)["hosts"]}

    def plan(self, *words):
        """The exit status of a plan, and for each host what differs there."""
        status, found = self.run("plan", *words)
        return status, {
            name: row.get("problem") or [(one["what"], one["found"]) for one in row["differences"]]
            for name, row in found.items()
        }

    def apply(self, *words):
        """The exit status of an apply, and what became of each host."""
        status, found = self.run("apply", *words)
        return status, {name: row["outcome"] for name, row in found.items()}

    def host(self, name):
        return self.lab.host(name)

    def secret(self, name):
        """The line that nobody may see."""
        return self.host(name).run("sed", "-n", "2p", HOME.key_file).strip()

    def pid(self, name):
        return self.host(name).run("cat", HOME.pidfile).strip()

    def version(self, name):
        """Which program is used there."""
        return self.host(name).attempt("readlink", HOME.binary).stdout.strip().rpartition("everleaf-")[2]

    @property
    def lock(self):
        return locks.load(locks.beside(self.file)).hosts
