"""A Windows build that asks for a DLL which it has not, and which is no part of Windows, is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import setuptools
from builds.errors import BuildError
from builds.pe import binaries, check_imports, imports

PROGRAM = Path(setuptools.__file__).with_name("cli-64.exe")  # asks for VCRUNTIME140.dll


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program deep in a folder, and something else."""
    (tmp_path / "_internal").mkdir()
    shutil.copy(PROGRAM, tmp_path / "_internal" / "program.exe")
    (tmp_path / "readme").write_text("no program")
    return tmp_path


def test_programs_are_found_however_deep_and_nothing_else(folder) -> None:
    assert [path.name for path in binaries(folder)] == ["program.exe"]


def test_imports_are_what_windows_loads_with_it() -> None:
    assert {"kernel32.dll", "vcruntime140.dll"} <= set(imports(PROGRAM))


def test_a_library_that_is_nowhere_is_named_with_who_asks_for_it(folder) -> None:
    with pytest.raises(BuildError, match=r"in every Windows: vcruntime140\.dll \(program\.exe asks for it\)"):
        check_imports(folder)


def test_a_library_in_the_folder_is_good_in_any_case(folder) -> None:
    shutil.copy(PROGRAM, folder / "VCRuntime140.DLL")
    assert check_imports(folder) == 2


def test_a_folder_without_programs_is_refused(tmp_path) -> None:
    with pytest.raises(BuildError, match="no PE file"):
        check_imports(tmp_path)
