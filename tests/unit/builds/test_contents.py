"""What a build may consist of: planted surplus is found, and nothing that is needed is called surplus."""

from __future__ import annotations

import tarfile

from builds.contents import excluded, surplus_libraries, surplus_modules
from builds.dist import pack


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


def test_modules_that_nobody_imports_are_surplus() -> None:
    used = ["everleaf.daemon.main", "jinja2.ext", "asyncio.events", "_sysconfigdata__linux_mipsel", "_colorize"]
    assert surplus_modules(used) == []
    planted = ["requests", "ssl", "multiprocessing.pool", "concurrent.futures.process"]
    assert surplus_modules([*used, *planted]) == sorted(planted)


def test_a_package_is_not_surplus_for_a_module_of_it_that_is() -> None:
    assert "concurrent.futures.process" in excluded()
    assert surplus_modules(["concurrent", "concurrent.futures", "concurrent.futures.thread"]) == []


def test_pack_gives_the_same_bytes_for_the_same_folder(tmp_path) -> None:
    archives = []
    for name in ("one", "two"):
        folder = tmp_path / name
        (folder / "_internal").mkdir(parents=True)
        for file in ("b", "a") if name == "one" else ("a", "b"):  # not the order in which they were made
            (folder / "_internal" / file).write_text(file)
        (folder / "everleaf").write_text("program")
        (folder / "everleaf").chmod(0o700 if name == "one" else 0o755)
        archives.append(tmp_path / f"{name}.tgz")
        pack(folder, archives[-1], 1_700_000_000)
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with tarfile.open(archives[0]) as tar:
        names = ["everleaf", "everleaf/_internal", "everleaf/_internal/a", "everleaf/_internal/b", "everleaf/everleaf"]
        assert [member.name.rstrip("/.") for member in tar] == names
        assert {(member.uname, member.mtime) for member in tar} == {("root", 1_700_000_000)}
