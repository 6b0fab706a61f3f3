"""Files and directories put in place whole."""

import grp
import os
import pwd

import pytest

from everleaf.cli.owned import give_to_node, let_node_read, put_directory, put_file
from everleaf.errors import OutputError
from everleaf.platform.service import Directory, File

ME, MINE = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name


def wanted(path, content="text\n", mode="0640"):
    return File(str(path), content, mode, ME, MINE)


def test_a_file_is_written_once(tmp_path):
    path = tmp_path / "new" / "file"
    assert put_file(wanted(path))
    assert path.read_text() == "text\n"
    assert path.stat().st_mode & 0o7777 == 0o640
    before = path.stat().st_ino
    assert not put_file(wanted(path))
    assert path.stat().st_ino == before


def test_a_file_is_replaced_and_not_written_into(tmp_path):
    path = tmp_path / "file"
    put_file(wanted(path, "old"))
    (tmp_path / "other").hardlink_to(path)
    assert put_file(wanted(path, "new"))
    assert (path.read_text(), (tmp_path / "other").read_text()) == ("new", "old")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "other"]


def test_a_wrong_mode_is_mended(tmp_path):
    path = tmp_path / "file"
    put_file(wanted(path))
    path.chmod(0o666)
    assert put_file(wanted(path))
    assert path.stat().st_mode & 0o7777 == 0o640
    assert put_directory(Directory(str(tmp_path), "0700", ME, MINE)) == (tmp_path.stat().st_mode & 0o7777 != 0o700)
    tmp_path.chmod(0o755)
    assert put_directory(Directory(str(tmp_path), "0700", ME, MINE))
    assert not put_directory(Directory(str(tmp_path), "0700", ME, MINE))


def test_a_link_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "file").symlink_to(tmp_path / "precious")
    put_file(wanted(tmp_path / "file"))
    assert (tmp_path / "precious").read_text() == "kept"
    assert not (tmp_path / "file").is_symlink()


def test_what_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").mkdir()
    with pytest.raises(OutputError, match=r"file cannot be written: Is a directory; look at what is there"):
        put_file(wanted(tmp_path / "file"))
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.root
def test_owner_and_group_are_given(tmp_path):
    put_file(File(str(tmp_path / "file"), "", "0600", "nobody", "nogroup"))
    about = (tmp_path / "file").stat()
    assert (about.st_uid, about.st_gid) == (pwd.getpwnam("nobody").pw_uid, grp.getgrnam("nogroup").gr_gid)


@pytest.mark.root
def test_only_a_plain_file_of_roots_is_given_to_the_node(tmp_path):
    """The directory may be that user's, who would like to own more than a key."""
    key, precious = tmp_path / "key", tmp_path / "precious"
    key.touch(0o600)
    precious.touch(0o600)
    assert give_to_node(key, "nobody")
    assert not give_to_node(key, "nobody")
    assert key.stat().st_uid == pwd.getpwnam("nobody").pw_uid
    (tmp_path / "second").hardlink_to(precious)
    assert not give_to_node(tmp_path / "second", "nobody")
    (tmp_path / "link").symlink_to(key)
    with pytest.raises(OSError, match="symbolic link"):
        give_to_node(tmp_path / "link", "nobody")
    assert precious.stat().st_uid == 0


@pytest.mark.root
def test_a_file_is_opened_to_the_group_of_a_user_who_could_not_read_it(tmp_path):
    group = grp.getgrgid(pwd.getpwnam("nobody").pw_gid)
    path = tmp_path / "node.toml"
    path.touch(0o600)
    assert not let_node_read(path, "nobody-of-this-name", group.gr_name)
    assert not let_node_read(path, "root", "root")
    assert let_node_read(path, "nobody", group.gr_name)
    assert (path.stat().st_mode & 0o777, path.stat().st_uid, path.stat().st_gid) == (0o640, 0, group.gr_gid)
    assert not let_node_read(path, "nobody", group.gr_name)
