"""The frozen forms are the node: they run anywhere, pass signals and exit codes on, and leave nothing behind.

The single file is two processes, the loader and the node; the folder is one. What a user sees must be the same.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from everleaf.platform import manager, platform
from everleaf.platform.service import service
from interop.net import wait_until

DIST = Path(__file__).resolve().parents[2] / "dist"
FORMS = {"file": DIST / "everleaf", "folder": DIST / "everleaf-folder" / "everleaf"}

pytestmark = [pytest.mark.frozen, pytest.mark.slow]


class Program:
    """One frozen form, run in an empty directory, with an unpack directory of its own and nothing else inherited."""

    def __init__(self, path: Path, directory: Path) -> None:
        self.path = path
        self.directory = directory
        self.unpacked = directory / "unpacked"
        self.unpacked.mkdir()

    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "TMPDIR": str(self.unpacked)}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.path), *arguments]
        options = {"cwd": self.directory, "env": self.environment(), "timeout": 30}
        return subprocess.run(command, capture_output=True, text=True, check=False, **options)

    def spawn(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = ["setpriv", "--pdeathsig", "KILL", "--", str(self.path), *arguments]
        return subprocess.Popen(command, cwd=self.directory, env=self.environment(), start_new_session=True)


class Running:
    """A node without TUN and peers: the loader (or, unpacked, the node itself), its pid file and its admin socket."""

    def __init__(self, program: Program) -> None:
        self.pidfile = program.directory / "pid"
        self.admin = program.directory / "admin.sock"
        self.config = program.directory / "everleaf.toml"
        key_file = program.directory / "identity.key"
        if not key_file.exists():
            assert program.run("keygen", "--out", str(key_file)).returncode == 0
        self.config.write_text(
            f'[identity]\nkey_file = "{key_file}"\n[interface]\nkind = "none"\n[admin]\nlisten = "unix://{self.admin}"\n'
        )
        self.arguments = ("run", "--config", str(self.config), "--pidfile", str(self.pidfile))
        self.loader = program.spawn(*self.arguments)

    @property
    def pid(self) -> int:
        return int(self.pidfile.read_text())

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            try:
                client.connect(str(self.admin))
                client.sendall(b'{"request": "getSelf"}')
                said = b"".join(iter(lambda: client.recv(65536), b""))
            except OSError:  # not yet, or one that is being killed: its last threads may outlive its first
                return False
            return bool(json.loads(said)["response"]["key"])

    def signal_group(self, number: int) -> None:
        """What a terminal or a control group does: loader and node get it, and the loader passes its own on."""
        os.killpg(self.loader.pid, number)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture(params=FORMS)
def program(request, tmp_path) -> Program:
    path = FORMS[request.param]
    assert path.exists(), f"{path} is missing; run: make freeze"
    return Program(path, tmp_path)


@pytest.fixture
def run_node(program) -> Iterator[Callable[[], Running]]:
    nodes: list[Running] = []

    def run_node() -> Running:
        nodes.append(Running(program))
        wait_until(nodes[-1].answers, "the node answers")
        return nodes[-1]

    yield run_node
    for node in nodes:
        if node.loader.poll() is None:
            node.signal_group(signal.SIGKILL)
            node.loader.wait()


def test_version_tells_that_it_is_frozen(program):
    done = program.run("version", "--json")
    assert done.returncode == 0
    assert "frozen" in done.stdout


def test_selftest_passes(program):
    done = program.run("selftest", "--json")
    assert done.returncode == 0, done.stdout
    assert set(json.loads(done.stdout).values()) == {"ok"}


def test_check_accepts_what_init_writes_and_names_a_mistake(program):
    config = program.directory / "new.toml"
    assert program.run("init", "--out", str(config)).returncode == 0
    assert program.run("check", "--config", str(config)).returncode == 0
    config.write_text("[interface]\nmtu = 17\n")
    refused = program.run("check", "--config", str(config))
    assert refused.returncode == 78
    assert "interface.mtu" in refused.stderr
    assert list(program.unpacked.iterdir()) == []


def test_pidfile_holds_the_node_not_the_loader(program, run_node):
    node = run_node()
    command = Path(f"/proc/{node.pid}/cmdline").read_bytes().split(b"\0")
    assert b"run" in command
    if program.path == FORMS["file"]:
        parent = Path(f"/proc/{node.pid}/stat").read_text().rpartition(")")[2].split()[1]
        assert int(parent) == node.loader.pid
    else:
        assert node.pid == node.loader.pid


def test_a_signal_to_the_whole_group_counts_once(program, run_node):
    node = run_node()
    for _ in range(2):
        node.signal_group(signal.SIGHUP)
        wait_until(node.answers, "the node goes on after HUP")
    node.signal_group(signal.SIGTERM)
    node.signal_group(signal.SIGTERM)
    assert node.loader.wait(15) == 0
    assert not node.pidfile.exists()
    assert not node.admin.exists()
    assert list(program.unpacked.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_node_alone_ends_both(program, run_node, number):
    node = run_node()
    os.kill(node.pid, number)
    assert node.loader.wait(15) == 0
    assert list(program.unpacked.iterdir()) == []


def test_a_node_without_its_loader_ends(run_node):
    node = run_node()
    pid = node.pid
    node.loader.kill()
    node.loader.wait()
    wait_until(lambda: not is_alive(pid), "the orphan ends", timeout=10)


def test_a_second_node_on_the_same_identity_is_refused(program, run_node):
    node = run_node()
    second = program.run(*node.arguments[:3])
    assert second.returncode == 75
    assert str(node.pid) in second.stderr
    assert len(second.stderr.splitlines()) == 1
    assert node.answers()


def test_a_killed_node_leaves_nothing_that_stops_the_next(run_node):
    first = run_node()
    pid = first.pid
    first.signal_group(signal.SIGKILL)
    first.loader.wait()
    wait_until(lambda: not is_alive(pid), "the node is gone")
    assert run_node().pid != pid


@pytest.mark.parametrize("home", ["debian", "openbsd", "windows"])
def test_service_files_are_those_of_the_source(program, home):
    by = platform(home).manager
    told = json.loads(program.run("service", "print", "--platform", home, "--manager", by, "--json").stdout)
    made = service(platform(home), manager(by))
    assert [(file["path"], file["content"]) for file in told["files"]] == [(f.path, f.content) for f in made.files]


def test_what_others_have_unpacked_beside_it_stays(tmp_path):
    """They may run. Only in the directories of platforms.toml, which are everleaf's alone, is it a killed node's."""
    program = Program(FORMS["file"], tmp_path)
    (program.unpacked / "_MEIleft").mkdir()
    node = Running(program)
    wait_until(node.answers, "the node answers")
    node.signal_group(signal.SIGTERM)
    assert node.loader.wait(20) == 0
    assert [path.name for path in program.unpacked.iterdir()] == ["_MEIleft"]
