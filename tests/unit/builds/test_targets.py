"""The table of targets is whole, and its names are those that releases and install.sh go by."""

from __future__ import annotations

import subprocess
import sys

import pytest
from builds.errors import BuildError
from builds.release.artefact import describe
from builds.root import PACKAGES
from builds.target import PROJECT, Recipe, Target, find, targets, version

from builds import target as module

REQUIRED = {  # what is promised for: system, CPU
    *(("linux", cpu) for cpu in ("x86_64", "aarch64", "armhf", "riscv64", "mipsel", "mips")),
    ("macos", "x86_64"), ("macos", "arm64"), ("freebsd", "x86_64"), ("openbsd", "x86_64"), ("netbsd", "x86_64"),
    ("dragonfly", "x86_64"),
    ("windows", "x86_64"),
}  # fmt: skip
TARGETS = list(targets().values())


def test_every_promised_platform_has_a_target(tmp_path) -> None:
    found = {(row.os, row.arch) for row in (_released(target, tmp_path) for target in TARGETS)}
    assert found == REQUIRED


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_target_says_all_that_its_recipe_needs(target: Target) -> None:
    if target.recipe is Recipe.DEBIAN:
        assert target.root in PACKAGES
        assert target.glibc
        assert target.name.endswith("-glibc{}{}".format(*target.glibc))
        assert target.runs_in
        assert set(target.runs_in) <= set(PACKAGES)
    elif target.recipe is Recipe.STATIC:
        assert target.baseline == "static"
        assert target.name.endswith("-static")
        assert target.triple
        assert target.openssl
        assert target.runs_in or target.emulator
    elif target.recipe is Recipe.WINE:
        assert target.triple
        assert target.openssl
    else:
        assert target.baseline.split()[-1]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_index_of_a_release_reads_a_file_s_name_as_the_table_says(target: Target, tmp_path) -> None:
    row = _released(target, tmp_path)
    assert row.form == "program"
    if target.glibc:
        assert row.minimum == target.baseline


def _released(target: Target, place):
    path = place / target.file()
    path.write_bytes(b"")
    return describe(path)


def test_the_x86_64_program_runs_in_three_debians() -> None:
    roots = find("linux-x86_64-glibc231").runs_in
    assert [root.partition("-")[0] for root in roots] == ["bullseye", "bookworm", "trixie"]


def test_an_unknown_target_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BuildError, match=r"no target 'beos'\none of: .*linux-x86_64-static"):
        find("beos")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[linux-m68k]\nrecipe = "machine"\nbaseline = "1"\nsuite = "sid"\n', "linux-m68k has no field suite"),
        ('[linux-m68k-uclibc]\nrecipe = "machine"\nbaseline = "1"\n', "'linux-m68k-uclibc' is no name"),
    ],
)
def test_a_mistake_in_the_table_is_named(text: str, complaint: str, tmp_path, monkeypatch) -> None:
    table = tmp_path / "targets.toml"
    table.write_text(text)
    monkeypatch.setattr(module, "TABLE", table)
    with pytest.raises(BuildError, match=complaint):
        targets()


def test_the_command_lists_every_target_and_refuses_others() -> None:
    listed = _command("--list")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(targets())
    refused = _command("beos")
    assert refused.returncode == 1
    assert "there is no target 'beos'" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_target_of_another_machine_is_refused() -> None:
    refused = _command("freebsd14-x86_64")
    assert refused.returncode == 1
    assert "freebsd14-x86_64 cannot be built on Linux" in refused.stderr


def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "builds", *arguments]
    return subprocess.run(command, cwd=PROJECT.parent, capture_output=True, text=True, check=False)


def test_a_file_s_name_has_the_version_of_the_project() -> None:
    assert find("windows-x86_64").file() == f"everleaf-{version()}-windows-x86_64.exe"
