"""The program of a service: a file for every version, and a link."""

import sys
from dataclasses import replace

import pytest

from everleaf.cli import program
from everleaf.errors import OutputError
from everleaf.platform import platform


@pytest.fixture
def home(tmp_path):
    """A Debian below tmp_path."""
    (tmp_path / "versions").mkdir()
    return replace(platform("debian"), binary=str(tmp_path / "bin/everleaf"), versions=str(tmp_path / "versions"))


def single_file(monkeypatch, tmp_path, content):
    """As if we were one, with this content."""
    downloaded = tmp_path / "downloaded"
    downloaded.write_bytes(content)
    monkeypatch.setattr(sys, "executable", str(downloaded))
    monkeypatch.setattr(sys, "_MEIPASS", "/elsewhere/_MEI1", raising=False)


def test_a_single_file_becomes_a_version_that_the_link_names(monkeypatch, tmp_path, home):
    single_file(monkeypatch, tmp_path, b"one")
    said = program.install(home, "1.0")
    link = tmp_path / "bin/everleaf"
    assert link.readlink().parent == tmp_path / "versions"
    assert link.readlink().name.startswith("everleaf-1.0-")
    assert link.read_bytes() == b"one"
    assert link.stat().st_mode & 0o7777 == 0o755
    assert said == [f"copied the program to {link.readlink()}", f"linked {link} to it"]
    assert program.install(home, "1.0") == []


def test_another_build_of_a_version_is_a_file_of_its_own(monkeypatch, tmp_path, home):
    """The old one reads itself while it runs."""
    for content in (b"one", b"two"):
        single_file(monkeypatch, tmp_path, content)
        program.install(home, "1.0")
    assert sorted(path.read_bytes() for path in (tmp_path / "versions").iterdir()) == [b"one", b"two"]
    assert (tmp_path / "bin/everleaf").read_bytes() == b"two"


def test_what_is_no_single_file_takes_the_program_that_is_there(tmp_path, home):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/everleaf").touch()
    assert program.install(home, "1.0") == []
    assert program.uninstall(home) == []
    assert (tmp_path / "bin/everleaf").exists()


def test_a_folder_is_no_single_file(monkeypatch, tmp_path, home):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "folder/everleaf"))
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "folder/_internal"), raising=False)
    with pytest.raises(OutputError, match=r"there is no program at .*/bin/everleaf.*; link it: ln -s /.* "):
        program.install(home, "1.0")


def test_a_static_program_is_a_single_file(monkeypatch, tmp_path, home):
    """Nothing is unpacked: it reads its modules from its own end."""
    single_file(monkeypatch, tmp_path, b"one")
    monkeypatch.delattr(sys, "_MEIPASS")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    program.install(home, "1.0")
    assert (tmp_path / "bin/everleaf").read_bytes() == b"one"


def test_a_single_file_may_lie_where_it_unpacks_itself(monkeypatch, tmp_path, home):
    single_file(monkeypatch, tmp_path, b"one")
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "_MEI1"))
    program.install(home, "1.0")
    assert (tmp_path / "bin/everleaf").read_bytes() == b"one"


def test_all_versions_go_with_the_link(monkeypatch, tmp_path, home):
    for content in (b"one", b"two"):
        single_file(monkeypatch, tmp_path, content)
        program.install(home, "1.0")
    assert len(program.uninstall(home)) == 3
    assert not list((tmp_path / "versions").iterdir())
    assert not (tmp_path / "bin/everleaf").is_symlink()


def test_a_link_of_somebody_else_stays(tmp_path, home):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/everleaf").symlink_to("/usr/bin/everleaf")
    assert program.uninstall(home) == []
    assert (tmp_path / "bin/everleaf").is_symlink()
