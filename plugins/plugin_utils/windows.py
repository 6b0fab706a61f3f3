# SPDX-License-Identifier: MIT
"""A host with Windows, as far as an action needs it: files come and go, and batch is run."""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from everleaf_fleet.windows import batch


@dataclass(frozen=True)
class Said:
    """What a script printed, and how it ended."""

    status: int
    stdout: str
    stderr: str

    def to_result(self, lines):
        """That of a task which changed something if it did not fail."""
        said = {"rc": self.status, "stdout": self.stdout, "stderr": self.stderr}
        if not self.status:
            return said | {"changed": True}
        msg = self.stderr.strip() or self.stdout.strip() or f"exit {self.status}"
        return said | {"failed": True, "msg": msg, "cmd": lines}


class Windows:
    """Spoken to by the connection of an action, whose shell may be cmd.exe or PowerShell."""

    def __init__(self, action):
        self._connection = action._connection

    @staticmethod
    def at(action):
        """Whether it is what an action is connected to."""
        return getattr(action._connection._shell, "_IS_WINDOWS", False)

    def run(self, lines):
        """Run batch from a file in the login directory: no quoting means the same to every shell."""
        file = f"everleaf-{secrets.token_hex(8)}.cmd"
        self.put(batch.script(lines), file)
        try:
            status, out, err = self._connection.exec_command(f"cmd.exe /d /c .\\{file}", sudoable=False)
        finally:
            self._connection.exec_command(f"cmd.exe /d /c del {file}", sudoable=False)
        return Said(status, *(text.decode(errors="replace").replace("\r\n", "\n") for text in (out, err)))

    def put(self, content, path):
        """Write a file there."""
        with tempfile.NamedTemporaryFile(prefix="everleaf-") as file:
            file.write(content)
            file.flush()
            self.put_file(file.name, path)

    def put_file(self, source, path):
        """Copy a file there."""
        self._connection.put_file(source, path)

    def content(self, path):
        """What is in a file there; nothing if there is none."""
        if not self.run(f'if exist "{path}" echo there').stdout.strip():
            return b""
        with tempfile.TemporaryDirectory(prefix="everleaf-") as directory:
            here = Path(directory) / "file"
            self._connection.fetch_file(path, str(here))
            return here.read_bytes()
