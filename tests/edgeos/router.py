"""A router that is a directory: the package laid out on it, stubs for what only routers have, and the real everleaf."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeos.configuration import Configuration, Node

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "deploy" / "edgeos"
TEMPLATES = PACKAGE / "templates"
OP_TEMPLATES = PACKAGE / "op"
PATH = "/stubs/bin:/usr/bin:/bin:/usr/sbin:/sbin"
SESSION = {"VYATTA_TEMP_CONFIG_DIR": "/opt/vyatta/config/tmp/new_config_1"}


@dataclass(slots=True)
class Router:
    """`root` is the router's file system; `shell` what its /bin/sh is."""

    root: Path
    shell: str = "dash"

    @classmethod
    def install(cls, root: Path, shell: str = "dash") -> Router:
        """The package on an empty router."""
        for name in ("run", "config", "opt/vyatta", "stubs"):
            (root / name).mkdir(parents=True)
        for link in ("bin", "lib", "lib32", "lib64", "libx32", "sbin"):
            if (Path("/") / link).is_symlink():
                (root / link).symlink_to((Path("/") / link).readlink())
        shutil.copytree(PACKAGE / "root/opt", root / "opt", dirs_exist_ok=True)
        shutil.copytree(PACKAGE / "root/config", root / "config", dirs_exist_ok=True)
        shutil.copytree(HERE / "stubs", root / "stubs", dirs_exist_ok=True)
        router = cls(root, shell)
        router.program("bin/cli-shell-api", (HERE / "stubs/bin/cli-shell-api").read_text())
        code = "import sys; from everleaf.cli import main; sys.exit(main())"
        router.program("sbin/everleaf", f'#!/bin/sh\nexec @PYTHON@ -c "{code}" "$@"\n')
        return router

    def program(self, name: str, text: str) -> None:
        """Put a program among the stubs: in `bin`, or in `sbin`, which is /usr/sbin there."""
        path = self.root / "stubs" / name
        path.write_text(text.replace("@PYTHON@", sys.executable))
        path.chmod(0o755)

    def run(self, text: str, environment: Mapping[str, str]) -> tuple[int, str]:
        """As the router's commit runs an action: `sh -c`, by a user in a session."""
        done = self.execute(self.shell, "-c", text, **{**SESSION, **environment})
        return done.returncode, done.stdout

    def execute(self, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A program of the router; what it says is all in `stdout`."""
        enter = ["unshare", "--map-root-user", "--mount", "sh", str(HERE / "enter.sh"), str(self.root)]
        named = [f"{name}={value}" for name, value in environment.items()]
        return subprocess.run(
            [*enter, "env", "-i", f"PATH={PATH}", *named, *argv],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def show(self, active: Configuration, working: Configuration, file: Any = None) -> None:
        """What its cli-shell-api answers from: the two trees, and that of /config/config.boot."""
        trees = {"active": plain(active.root), "working": plain(working.root), "file": file or {}}
        (self.root / "stubs/session.json").write_text(json.dumps(trees))

    def calls(self) -> list[str]:
        """What was called since the last look: sudo, systemctl, ubnt-fw, and whatever a test has put there."""
        path = self.root / "stubs/calls"
        found = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return found

    def fail_once(self, verb: str) -> None:
        """Let systemctl fail the next time it is told `verb`."""
        (self.root / "stubs/fail").write_text(verb)

    def is_active(self, name: str) -> bool:
        return (self.root / f"stubs/units/everleaf@{name}.service").exists()


def plain(node: Node) -> Any:
    """Nodes as dicts, leaves as texts, or lists of them."""
    if node.is_leaf:
        return list(node.values) if node.template.definition.multi else node.values[0]
    return {name: plain(child) for name, child in node.children.items()}
