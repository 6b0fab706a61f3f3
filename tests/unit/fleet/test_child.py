import os
import signal
from pathlib import Path

import gevent
import pytest

from everleaf_fleet.connectors import child

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _nobody_else_reaps():
    """gevent's loop takes the end of every child for its own, once it has one."""
    yield
    gevent.get_hub().loop.reset_sigchld()


def sh(script, **options):
    return child.run(["sh", "-c", script], **options)


def test_run_returns_the_status_and_both_streams():
    status, said = sh("echo out; echo err >&2; exit 3")
    assert (status, said.stdout_lines, said.stderr_lines) == (3, ["out"], ["err"])


def test_run_tells_who_was_killed_from_who_failed():
    assert sh("kill -KILL $$")[0] == -signal.SIGKILL


def test_run_feeds_what_a_file_has(tmp_path):
    (tmp_path / "words").write_text("1\n2\n")
    with (tmp_path / "words").open("rb") as words:
        assert child.run(["cat"], words.fileno())[1].stdout_lines == ["1", "2"]


def test_run_gives_nothing_to_read_unless_told():
    assert child.run(["cat"])[1].stdout == ""


def test_run_lets_no_descriptor_through():
    """One that a daemon of a host kept would never be at its end for whoever reads it here."""
    ours, theirs = os.pipe()
    os.set_inheritable(theirs, True)
    _, said = sh("ls -l /proc/self/fd")
    os.close(theirs)
    assert str(Path(f"/proc/self/fd/{ours}").readlink()) not in said.stdout
    os.close(ours)


def test_run_has_commands_die_of_a_closed_pipe():
    """Python ignores that signal, and who inherits this goes on writing."""
    _, said = sh("grep SigIgn /proc/self/status")
    assert not int(said.stdout.split()[1], 16) & 1 << (signal.SIGPIPE - 1)


def test_run_waits_for_many_side_by_side():
    """Also for those that end before anybody looks."""
    scripts = [f"exit {number}" if number % 2 else f"sleep 0.1; exit {number}" for number in range(40)]
    runs = [gevent.spawn(sh, script) for script in scripts]
    gevent.joinall(runs, timeout=60)
    assert [run.value[0] for run in runs] == list(range(40))


def test_run_raises_after_its_timeout():
    with pytest.raises(TimeoutError):
        sh("echo $$; exec sleep 60", timeout=1)


def test_run_says_which_command_is_missing():
    with pytest.raises(FileNotFoundError, match="/no/such"):
        child.run(["/no/such"])
