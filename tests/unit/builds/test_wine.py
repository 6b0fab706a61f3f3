"""Programs of Windows are run through wine.sh as if they were this machine's; here wine is a script."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from builds.errors import BuildError
from builds.wine import Wine

WINE = """#!/bin/sh
[ -p /dev/fd/0 ] && [ -p /dev/fd/1 ] && [ -p /dev/fd/2 ] || exit 9
printf '%s\\n' "$WINEPREFIX" "${TMPDIR-none}" "$@"
echo complaint >&2
exit 78
"""


@pytest.fixture
def wine(tmp_path: Path, monkeypatch) -> Wine:
    """One whose Windows is made already."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "wine").write_text(WINE)
    (tmp_path / "bin" / "wine").chmod(0o755)
    (tmp_path / "my prefix" / "dosdevices").mkdir(parents=True)
    (tmp_path / "my prefix" / "system.reg").touch()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return Wine(tmp_path / "my prefix", tmp_path / "room")


def test_arguments_status_and_both_outputs_are_handed_on_over_pipes(wine: Wine, tmp_path: Path) -> None:
    command = [*wine.command(Path("/a program.exe")), "check", "two words"]
    with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
        done = subprocess.run(command, check=False, stdout=out, stderr=err)
    assert done.returncode == 78
    assert (tmp_path / "out").read_text().splitlines() == [
        str(tmp_path / "my prefix"), "none", "/a program.exe", "check", "two words",
    ]  # fmt: skip
    assert (tmp_path / "err").read_text() == "complaint\n"


def test_a_program_that_fails_stops_the_build(wine: Wine) -> None:
    with pytest.raises(BuildError, match=r"exit status 78 of: .*wine\.sh program\.exe\n(.|\n)*complaint"):
        wine.run("program.exe")


def test_its_drive_is_the_room_also_after_another_one_was(wine: Wine, tmp_path: Path) -> None:
    for room in (tmp_path / "one", tmp_path / "two"):
        Wine(wine.prefix, room).prepare()
        assert (wine.prefix / "dosdevices" / "b:").readlink() == room


def test_what_a_single_file_left_behind_is_seen(wine: Wine) -> None:
    assert wine.leftovers() == []
    (wine.prefix / "drive_c" / "users" / "somebody" / "Temp" / "_MEI1234").mkdir(parents=True)
    assert wine.leftovers() == ["_MEI1234"]


def test_a_machine_without_wine_is_told_what_to_install(wine: Wine, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(BuildError, match=r"wine is missing\n.*apt install wine"):
        wine.prepare()
