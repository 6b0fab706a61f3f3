"""What a build may consist of: planted surplus is found, and nothing that is needed is called surplus."""

from __future__ import annotations

import tarfile
import zipfile

import pytest
from builds.contents import excluded, foreign, surplus_libraries, surplus_modules, windows_has
from builds.dist import pack, pack_zip, put
from builds.frozen import Frozen
from builds.target import find


def test_libraries_that_the_node_does_not_use_are_surplus() -> None:
    used = [
        "_core.abi3.so",
        "libcrypto.so.3",
        "libpython3.13.so.1.0",
        "_socket.cpython-313-mipsel-linux-gnu.so",
        "libz.so.1",
        "libexpat.so.1",
    ]
    assert surplus_libraries(used) == []
    assert surplus_libraries([*used, "libreadline.so.8", "_ssl.cpython-313.so"]) == [
        "_ssl.cpython-313.so",
        "libreadline.so.8",
    ]


def test_windows_has_libraries_of_its_own_and_nobody_else_has_them() -> None:
    used = ["_core.pyd", "python313.dll", "_ctypes.pyd", "_overlapped.pyd", "_socket.pyd"]
    assert surplus_libraries([*used, "sqlite3.dll"], "windows") == ["sqlite3.dll"]
    assert surplus_libraries(used) == ["_core.pyd", "_ctypes.pyd", "_overlapped.pyd", "python313.dll"]
    assert windows_has("api-ms-win-crt-heap-l1-1-0.dll")
    assert not windows_has("wintun.dll")


def test_modules_for_other_systems_are_left_out() -> None:
    assert foreign("win32") == []
    assert {"ctypes", "uuid"} <= set(foreign("linux"))
    assert "uuid" in foreign("freebsd14")


def test_modules_that_nobody_imports_are_surplus() -> None:
    used = ["everleaf.daemon.main", "jinja2.ext", "asyncio.events", "_sysconfigdata__linux_mipsel", "_colorize"]
    assert surplus_modules(used) == []
    planted = ["requests", "ssl", "multiprocessing.pool", "concurrent.futures.process"]
    assert surplus_modules([*used, *planted]) == sorted(planted)


def test_a_package_is_not_surplus_for_a_module_of_it_that_is() -> None:
    assert "concurrent.futures.process" in excluded()
    assert surplus_modules(["concurrent", "concurrent.futures", "concurrent.futures.thread"]) == []


def _folders(place):
    """The same folder twice, made in another order and with other rights."""
    for name in ("one", "two"):
        folder = place / name
        (folder / "_internal").mkdir(parents=True)
        for file in ("b", "a") if name == "one" else ("a", "b"):
            (folder / "_internal" / file).write_text(file)
        (folder / "everleaf").write_text("program")
        (folder / "everleaf").chmod(0o700 if name == "one" else 0o755)
        yield folder


@pytest.mark.parametrize("packer", [pack, pack_zip])
def test_the_same_folder_gives_the_same_bytes(packer, tmp_path) -> None:
    archives = []
    for folder in _folders(tmp_path):
        archives.append(tmp_path / f"{folder.name}.archive")
        packer(folder, archives[-1], 1_700_000_000)
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_pack_names_everything_below_one_folder_and_no_one_of_this_machine(tmp_path) -> None:
    pack(next(_folders(tmp_path)), tmp_path / "archive", 1_700_000_000)
    with tarfile.open(tmp_path / "archive") as tar:
        names = ["everleaf", "everleaf/_internal", "everleaf/_internal/a", "everleaf/_internal/b", "everleaf/everleaf"]
        assert [member.name.rstrip("/.") for member in tar] == names
        assert {(member.uname, member.mtime) for member in tar} == {("root", 1_700_000_000)}


def test_pack_zip_has_the_files_with_the_time_that_is_given(tmp_path) -> None:
    pack_zip(next(_folders(tmp_path)), tmp_path / "archive", 1_700_000_000)
    with zipfile.ZipFile(tmp_path / "archive") as packed:
        assert packed.namelist() == ["everleaf/_internal/a", "everleaf/_internal/b", "everleaf/everleaf"]
        assert packed.read("everleaf/everleaf") == b"program"
        assert {entry.date_time for entry in packed.infolist()} == {(2023, 11, 14, 22, 13, 20)}


@pytest.mark.parametrize(
    ("target", "endings"),
    [("linux-x86_64-glibc231", {"", ".tgz"}), ("windows-x86_64", {".exe", ".tgz", ".zip"})],
)
def test_what_was_built_is_put_under_its_released_name(target, endings, tmp_path) -> None:
    file = tmp_path / f"everleaf{'.exe' if '.exe' in endings else ''}"
    file.write_text("file")
    paths = put(Frozen(file, next(_folders(tmp_path))), find(target), tmp_path / "dist")
    assert {path.name.partition(target)[2] for path in paths} == endings
    assert set((tmp_path / "dist").iterdir()) == set(paths)
