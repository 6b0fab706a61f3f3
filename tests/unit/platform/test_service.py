"""What every manager gets on every platform, compared with what is kept; UPDATE_GOLDEN=1 keeps it anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from everleaf.platform import managers, platforms
from everleaf.platform.service import service

GOLDEN = Path(__file__).parent / "golden"
LINUX = ("systemd", "openrc", "sysvinit", "runit", "pidfile")
PAIRS = [(row.name, row.manager) for row in platforms().values()] + [
    ("debian", name) for name in LINUX if name != platforms()["debian"].manager
]


def shown(home: str, by: str) -> str:
    made = service(platforms()[home], managers()[by])
    files = "".join(f"=== {file.path} {file.mode}\n{file.content}" for file in made.files)
    return files + "=== commands\n" + "".join(f"{verb}: {line}\n" for verb, line in made.commands.items())


@pytest.mark.parametrize(("home", "by"), PAIRS, ids="-".join)
def test_service_renders_as_kept(home, by):
    kept = GOLDEN / f"{home}-{by}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        kept.write_text(shown(home, by))
    assert shown(home, by) == kept.read_text()


def test_every_manager_is_kept_somewhere():
    assert {by for _, by in PAIRS} == set(managers())
