"""Which backend runs where: `sys.platform` as each system's Python has it, with its release behind."""

from __future__ import annotations

import subprocess
import sys

import pytest

CHOICE = "import sys; sys.platform = {!r}; from everleaf.host import this_host; print(type(this_host()).__name__)"


@pytest.mark.parametrize(
    ("platform", "backend"),
    [
        ("linux", "LinuxHost"),
        ("darwin", "DarwinHost"),
        ("freebsd13", "FreeBsdHost"),
        ("freebsd15", "FreeBsdHost"),
        ("dragonfly6", "DragonFlyHost"),
        ("netbsd10", "NetBsdHost"),
        ("openbsd7", "OpenBsdHost"),
        ("sunos5", "NoHost"),
    ],
)
def test_each_system_gets_its_own_backend(platform: str, backend: str) -> None:
    command = [sys.executable, "-c", CHOICE.format(platform)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == backend
