"""The pid file holds our pid while we run, and nobody else's file is removed."""

import os

import pytest

from everleaf.daemon.pidfile import pidfile
from everleaf.errors import OutputError


def test_pidfile_holds_our_pid_and_goes_at_the_end(tmp_path):
    path = tmp_path / "everleaf.pid"
    with pidfile(path):
        assert path.read_text() == f"{os.getpid()}\n"
    assert list(tmp_path.iterdir()) == []


def test_pidfile_leaves_a_successors_file_alone(tmp_path):
    path = tmp_path / "everleaf.pid"
    with pidfile(path):
        path.write_text("1\n")
    assert path.read_text() == "1\n"


def test_pidfile_says_what_to_do_when_it_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match="check that its directory exists"), pidfile(tmp_path / "no" / "x.pid"):
        pass


def test_pidfile_is_optional():
    with pidfile(None):
        pass
