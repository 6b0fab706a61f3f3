"""What every manager gets on every platform, compared with what is kept; UPDATE_GOLDEN=1 keeps it anew."""

from __future__ import annotations

import os
from dataclasses import asdict
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
    steps = [
        (f"{name}.{verb}", line) for name in ("account", "tun") for verb, line in asdict(getattr(made, name)).items()
    ]
    places = [(each.path, f"{each.mode} {each.owner}:{each.group}".strip(" :")) for each in made.directories]
    parts = {
        "steps": steps,
        "directories": places,
        "commands": list(made.commands.items()),
        "leftovers": [(path, "") for path in made.leftovers],
    }
    files = "".join(f"=== {file.path} {file.mode} {file.owner}:{file.group}\n{file.content}" for file in made.files)
    return files + "".join(
        f"=== {name}\n" + "".join(f"{word}: {rest}".rstrip(" :") + "\n" for word, rest in rows)
        for name, rows in parts.items()
    )


@pytest.mark.parametrize(("home", "by"), PAIRS, ids="-".join)
def test_service_renders_as_kept(home, by):
    kept = GOLDEN / f"{home}-{by}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        kept.write_bytes(shown(home, by).encode())
    assert shown(home, by) == kept.read_bytes().decode()


def test_every_manager_is_kept_somewhere():
    assert {by for _, by in PAIRS} == set(managers())
