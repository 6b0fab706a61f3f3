"""A router's directories and its systemctl, for the code that works on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from everleaf.vyatta import apply, instance
from unit.cli.conftest import serve

__all__ = ["serve"]  # a node that answers

# Units are active while a file of their name exists. What FAIL names, word for word, is not done.
SYSTEMCTL = """#!/bin/sh
echo "$*" >>{0}/calls
[ ! -e {0}/fail ] || [ "$1" != "$(cat {0}/fail)" ] || {{ rm {0}/fail; exit 1; }}
case $1 in
is-active) test -e "{0}/$3" ;;
start | restart) touch "{0}/$2" ;;
stop) rm -f "{0}/$2" ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Router:
    directory: Path

    @property
    def calls(self) -> list[str]:
        """What systemctl was told since the last look, without the questions."""
        path = self.directory / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [line for line in lines if not line.startswith("is-active")]

    def is_active(self, unit: str) -> bool:
        return (self.directory / unit).exists()

    def fail_once(self, verb: str) -> None:
        (self.directory / "fail").write_text(verb)


@pytest.fixture(autouse=True)
def router(tmp_path, monkeypatch) -> Router:
    """For every test: nothing in this room touches this machine's own."""
    directory = tmp_path / "systemd"
    directory.mkdir()
    program = directory / "systemctl"
    program.write_text(SYSTEMCTL.format(directory))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(directory), prepend=":")
    monkeypatch.setattr(instance, "RUNTIME", tmp_path / "run")
    for module in (instance, apply):
        monkeypatch.setattr(module, "KEYS", tmp_path / "keys")
    return Router(directory)
