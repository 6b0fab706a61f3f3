"""A build that asks for a newer system than its baseline is refused, whichever of its files does."""

from __future__ import annotations

import subprocess

import pytest
from builds.elf import check_glibc, check_static, elves, need
from builds.errors import BuildError

# A call of a version that this machine's libc has not: the linker believes a library of that name that we make.
_LIBRARY = "int wanted(void) { return 1; }\n"
_VERSIONS = "GLIBC_2.99 { global: wanted; };\n"
_PROGRAM = "int wanted(void);\nint main(void) { return wanted(); }\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An executable that asks for GLIBC_2.99, deep in a folder, and an ordinary one beside it."""
    room = tmp_path_factory.mktemp("elf")
    deep = room / "folder" / "_internal" / "deep"
    deep.mkdir(parents=True)
    for name, text in (
        ("lib.c", _LIBRARY),
        ("map", _VERSIONS),
        ("new.c", _PROGRAM),
        ("old.c", "int main(void) { return 0; }"),
    ):
        (room / name).write_text(text)
    (room / "folder" / "readme").write_text("no program")
    for command in (
        "cc -shared -fPIC -Wl,--version-script=map -Wl,-soname,libc.so.6 -o libnew.so lib.c",
        "cc -nostartfiles -nodefaultlibs -Wl,-e,main -o folder/_internal/deep/new new.c libnew.so",
        "cc -o folder/old old.c",
        "cc -static -o static old.c",
    ):
        subprocess.run(command.split(), cwd=room, check=True, capture_output=True)
    return room / "folder"


def test_elves_are_found_however_deep_and_nothing_else(folder) -> None:
    assert [path.name for path in elves(folder)] == ["new", "old"]


def test_need_is_the_newest_version_asked_for(folder) -> None:
    assert need(folder / "_internal" / "deep" / "new").glibc == (2, 99)


def test_need_ignores_versions_that_a_library_defines_itself(folder) -> None:
    assert need(folder.parent / "libnew.so").glibc < (2, 99)


def test_a_file_that_is_too_new_is_refused_by_name(folder) -> None:
    with pytest.raises(BuildError, match=r"newer than the baseline glibc 2\.98: new \(glibc 2\.99\)"):
        check_glibc(folder, (2, 98))
    assert {each.path.name for each in check_glibc(folder, (2, 99))} == {"new", "old"}


def test_a_folder_without_programs_is_refused(tmp_path) -> None:
    with pytest.raises(BuildError, match="no ELF file"):
        check_glibc(tmp_path, (2, 31))


def test_a_program_that_asks_for_an_interpreter_is_not_static(folder) -> None:
    check_static(folder.parent / "static")
    with pytest.raises(BuildError, match=r"old is not static: INTERP, .*libc\.so\.6"):
        check_static(folder / "old")
