import os
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from everleaf.errors import UnavailableError
from everleaf_fleet.lab import Lab, Topology, process
from everleaf_fleet.lab.host import LabCommandError

pytestmark = pytest.mark.slow

OWNER = """
import sys, time
from everleaf_fleet.lab import Lab, Topology
with Lab.running(Topology("ring", 3), keep="keep" in sys.argv) as lab:
    print(lab.init, flush=True)
    if "stay" in sys.argv:
        time.sleep(60)
"""


class Owner:
    """Another process that has made a lab, and runs as the given user."""

    def __init__(self, user, *words):
        path = os.pathsep.join(entry for entry in sys.path if entry)
        self._process = subprocess.Popen(
            [*user, sys.executable, "-c", OWNER, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        with self._process.stdout as says:
            self.lab = int(says.readline())
        self._handle = os.pidfd_open(self.lab)
        self.wait = self._process.wait
        self.signal = self._process.send_signal

    def lab_has_ended(self, seconds):
        """Once the first process of a lab has ended, the kernel has ended all others."""
        ended, _, _ = select.select([self._handle], [], [], seconds)
        return bool(ended)

    def close(self):
        self._process.kill()
        self.wait()
        process.end(self.lab)
        os.close(self._handle)


@pytest.fixture
def owner(user):
    owners = []

    def start(*words):
        owners.append(Owner(user, *words))
        return owners[-1]

    yield start
    for one in owners:
        one.close()


def reaches(host, address):
    return host.attempt("ping", "-6", "-c", "3", "-i", "0.2", "-W", "1", str(address)).returncode == 0


def comes_to_reach(host, address):
    """A new wire is dead until the kernel has seen it up, which it does for all wires of the machine once a second."""
    return host.attempt("ping", "-6", "-c", "1", "-i", "0.2", "-w", "20", str(address)).returncode == 0


def test_hosts_reach_whom_they_have_a_wire_to_and_nobody_else(lab):
    first, second = lab.topology.edges
    h1 = lab.host("h1")
    assert comes_to_reach(h1, first.address("h2"))
    assert not reaches(h1, second.address("h2"))  # h2 has it, but nobody forwards
    assert not reaches(h1, second.address("h3"))


def test_a_host_has_a_name_processes_and_an_address_of_its_own(lab):
    h2 = lab.host("h2")
    assert h2.run("hostname") == "h2\n"
    assert h2.run("id", "-u") == "0\n"
    assert h2.run("ps", "-o", "pid=", "-C", "sh").split() == ["1"]
    assert "fd6c:6162::2/64" in h2.run("ip", "-6", "address", "show", "dev", "eth0")


@pytest.mark.parametrize("directory", ["/etc", "/usr/local/bin", "/usr/local/lib", "/var/lib", "/run", "/tmp"])
def test_a_host_writes_where_nodes_are_installed_and_nobody_else_sees_it(lab, directory):
    file = f"{directory}/everleaf-fleet-test"
    lab.host("h1").run("sh", "-c", 'echo mine >"$1"', "sh", file)
    assert lab.host("h1").run("cat", file) == "mine\n"
    assert lab.host("h2").attempt("test", "-e", file).returncode == 1
    assert not Path(file).exists()


def test_a_host_changes_the_files_it_finds_in_etc(lab):
    lab.host("h1").run("sh", "-c", "echo '2001:db8::1 other' >>/etc/hosts")
    assert "other" not in Path("/etc/hosts").read_text()


@pytest.mark.parametrize("directory", ["/", "/usr/bin", "/home"])
def test_a_host_cannot_write_anywhere_else(lab, directory):
    refused = lab.host("h1").attempt("touch", f"{directory}/everleaf-fleet-test")
    assert "Read-only file system" in refused.stderr


def test_a_failing_command_raises_its_last_words(lab):
    with pytest.raises(LabCommandError, match=r"h3: cat /none: cat: /none: No such file"):
        lab.host("h3").run("cat", "/none")


def test_a_command_that_never_ends_raises(lab):
    with pytest.raises(LabCommandError, match=r"h3: sleep 60: no end after 0\.1 s"):
        lab.host("h3").run("sleep", "60", timeout=0.1)


def test_a_host_outlives_its_orphans_and_buries_them(lab):
    h1 = lab.host("h1")
    orphan = h1.run("sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!").strip()
    assert h1.run("ps", "-o", "ppid=", orphan).strip() == "1"
    h1.run("kill", orphan)
    assert h1.run("sh", "-c", "while kill -0 $1 2>/dev/null; do sleep 0.05; done; echo gone", "sh", orphan) == "gone\n"


def test_a_running_lab_is_found(lab):
    assert Lab.find(lab.init) == lab


def test_one_of_two_labs_must_be_chosen(lab):
    with Lab.running(Topology("line", 2)) as other:
        with pytest.raises(UnavailableError, match=r"more than one lab is running: .*; say which: --lab PID"):
            Lab.find()
        assert (Lab.find(lab.init), Lab.find(other.init)) == (lab, other)


def test_an_unknown_host_is_refused_with_the_known_ones(lab):
    with pytest.raises(UnavailableError, match="no host 'h9' runs in this lab; choose one of: h1, h2, h3"):
        lab.host("h9")


def test_a_lab_that_is_not_there_is_not_found():
    with pytest.raises(UnavailableError, match="no lab is running; start one: everleaf-fleet demo --keep"):
        Lab.find(os.getpid())


def test_nothing_is_left_when_the_block_ends(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with Lab.running(Topology("ring", 3)) as lab:
        inits = [lab.init, *(host.init for host in lab.hosts)]
    assert not [pid for pid in inits if Path("/proc", str(pid)).exists()]
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_when_the_block_raises():
    with pytest.raises(ZeroDivisionError), Lab.running(Topology("line", 2), keep=True) as lab:
        _ = 1 / 0
    assert not Path("/proc", str(lab.init)).exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("words", [["stay"], ["stay", "keep"]], ids=["unkept", "kept"])
def test_a_lab_ends_with_its_maker(owner, number, words):
    maker = owner(*words)
    maker.signal(number)
    assert maker.lab_has_ended(10)


def test_a_kept_lab_stays_until_it_is_ended(owner):
    maker = owner("keep")
    maker.wait()
    assert not maker.lab_has_ended(0.3)
    process.end(maker.lab)
    assert maker.lab_has_ended(0)
