"""A router with a real systemd: the EdgeOS package on a machine of Debian, with stubs for what only routers have."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edgeos.configuration import Configuration
from edgeos.operational import Command, load, script
from edgeos.router import OP_TEMPLATES, PACKAGE, SESSION, plain
from machines.machine import Machine

PROJECT = PACKAGE.parents[1]
FOLDER = PROJECT / "dist" / "everleaf-folder"
STUBS = PROJECT / "tests/edgeos/stubs"
TREES = {
    "root": ".",
    "templates": "opt/vyatta/share/vyatta-cfg/templates",
    "op": "opt/vyatta/share/vyatta-op/templates",
}
KEPT = "config/data/firstboot/install-packages"
USER = "ubnt"  # who configures it: not root, and sudo gives him what he asks for


def package(directory: Path, version: str) -> Path:
    """A package of that version, as deploy/edgeos lays it out, with the frozen node in it."""
    tree = directory / version
    for source, target in TREES.items():
        shutil.copytree(PACKAGE / source, tree / target, dirs_exist_ok=True)
    shutil.copytree(PACKAGE / "debian", tree / "DEBIAN")
    (tree / "DEBIAN/control").write_text(
        f"Package: everleaf\nVersion: {version}\nArchitecture: all\nMaintainer: tests\nDescription: overlay node\n"
    )
    shutil.copytree(FOLDER, tree / "usr/lib/everleaf")
    (tree / "usr/sbin").mkdir()
    (tree / "usr/sbin/everleaf").symlink_to("/usr/lib/everleaf/everleaf")
    made = directory / f"everleaf_{version}_all.deb"
    subprocess.run(
        ["dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "--build", tree, made], check=True, capture_output=True
    )
    return made


@dataclass(slots=True)
class SystemdRouter:
    """The router below its configuration system; a `machine` of the simulator's sessions."""

    machine: Machine
    commands: dict[tuple[str, ...], Command] = field(default_factory=lambda: load(OP_TEMPLATES))

    def boot(self) -> None:
        """What a router has and Debian has not, and then its init."""
        root = self.machine.root
        (root / "stubs").mkdir()
        (root / "stubs").chmod(0o777)
        self._program("usr/bin/cli-shell-api", (STUBS / "bin/cli-shell-api").read_text())
        self._program("usr/sbin/ubnt-fw", (STUBS / "sbin/ubnt-fw").read_text())
        (root / "stubs/session.json").write_text('{"active": {}, "working": {}, "file": {}}')
        (root / "etc/sudoers.d/vyatta").write_text("%vyattacfg ALL=NOPASSWD: ALL\n")
        (root / "etc/hosts").write_text(f"127.0.0.1 localhost {self.machine.host.name}\n")
        self.machine.boot()
        self.machine.run("groupadd", "--system", "vyattacfg")
        self.machine.run("useradd", "--groups", "vyattacfg", USER)

    def install(self, made: Path) -> str:
        """Keep a package where the next firmware looks, and install it from there; what that says."""
        kept = self.machine.root / KEPT
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, kept)
        done = self.machine.attempt("dpkg", "-i", f"/{KEPT}/{made.name}")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def show(self, active: Configuration, working: Configuration) -> None:
        trees = {"active": plain(active.root), "working": plain(working.root), "file": {}}
        (self.machine.root / "stubs/session.json").write_text(json.dumps(trees))

    def run(self, text: str, environment: Mapping[str, str]) -> tuple[int, str]:
        return self._as_user("sh", "-c", text, **{**SESSION, **environment})

    def operate(self, line: str) -> str:
        """An operational command; what it says. It must succeed."""
        status, said = self._as_user("bash", "-c", script(self.commands, *line.split()))
        assert status == 0, said
        return said

    def _as_user(self, *argv: str, **environment: str) -> tuple[int, str]:
        named = [f"{name}={value}" for name, value in environment.items()]
        path = "PATH=/usr/bin:/bin:/usr/sbin:/sbin"
        done = self.machine.attempt("runuser", "-u", USER, "--", "env", "-i", path, *named, *argv)
        return done.returncode, done.stdout + done.stderr

    def _program(self, name: str, text: str) -> None:
        path: Path = self.machine.root / name
        path.write_text(text.replace("@PYTHON@", "/usr/bin/python3"))
        path.chmod(0o755)
