import subprocess
import sys

import pytest

from everleaf_fleet.connectors.lab import LabConnector
from everleaf_fleet.lab import Lab

pytestmark = pytest.mark.slow


def pyinfra(*words):
    """One run of pyinfra's own command line."""
    command = [sys.executable, "-m", "pyinfra", "-y", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_connector_runs_a_command_on_every_host(lab):
    done = pyinfra(f"@lab/{lab.init}", "exec", "--", "hostname")
    assert done.returncode == 0, done.stderr
    assert [f"[@lab/{host.name}] {host.name}" in done.stderr for host in lab.hosts] == [True] * 3


def test_connector_reaches_one_host_by_name(lab):
    done = pyinfra(f"@lab/{lab.init}/h2", "exec", "--", "hostname")
    assert "[@lab/h2] h2" in done.stderr
    assert "h1" not in done.stderr


def test_connector_fails_where_the_command_fails(lab):
    done = pyinfra(f"@lab/{lab.init}/h1", "exec", "--", "cat /none")
    assert done.returncode != 0
    assert "cat: /none: No such file" in done.stderr


def test_connector_moves_files_both_ways_unchanged(lab, tmp_path):
    content = bytes(range(256)) * 1000
    (tmp_path / "sent").write_bytes(content)
    there = "/var/lib/with space 'and quote"
    host = f"@lab/{lab.init}/h3"
    assert pyinfra(host, "files.put", f"src={tmp_path}/sent", f"dest={there}").returncode == 0
    assert pyinfra(host, "files.get", f"src={there}", f"dest={tmp_path}/back").returncode == 0
    assert (tmp_path / "back").read_bytes() == content


def test_connector_says_what_is_wrong_with_a_name(lab):
    done = pyinfra(f"@lab/{lab.init}/h9", "exec", "--", "true")
    assert done.returncode != 0
    assert "no host 'h9' runs in this lab; choose one of: h1, h2, h3" in done.stdout + done.stderr


def test_connector_looks_for_a_lab_once_however_many_names_ask(lab, monkeypatch):
    """Each time it reads the whole process table, in which every lab's every host is."""
    looked = []
    find = Lab.find
    monkeypatch.setattr(Lab, "find", lambda init: looked.append(init) or find(init))
    named = [name for host in lab.hosts for name, _, _ in LabConnector.make_names_data(f"{lab.init}/{host.name}")]
    assert named == ["@lab/h1", "@lab/h2", "@lab/h3"]
    assert looked == [lab.init]


def test_connector_passes_on_what_a_command_is_to_read(lab):
    done = pyinfra(f"@lab/{lab.init}/h1", "server.shell", "cat >/tmp/told", "_stdin=something")
    assert done.returncode == 0, done.stderr
    assert lab.host("h1").run("cat", "/tmp/told") == "something\n"
