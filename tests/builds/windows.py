"""A released program of Windows, under wine and without an interface, becomes a peer of a node of this tree.

Part of `make build TARGET=windows-x86_64`, not of `make test`: it takes what dist/ has, and wine.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from builds.target import PROJECT, find
from builds.wine import Wine

TREE = (sys.executable, "-m", "everleaf")
DIST = PROJECT.with_name("dist")
FILE = find("windows-x86_64").file()
PATIENCE = 15.0  # seconds
SHOWN = 15  # characters that Linux keeps of a program's name


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What starts the single file, and the program of the folder, in one wine."""
    place = tmp_path_factory.mktemp("windows")
    wine = Wine(place / "wine", place)
    with zipfile.ZipFile(DIST / f"{FILE.removesuffix('.exe')}.zip") as packed:
        packed.extractall(place)
    found = {"file": DIST / FILE, "folder": place / "everleaf" / "everleaf.exe"}
    return {form: wine.command(program) for form, program in found.items()}


class Node:
    """One without an interface, in a process group of its own."""

    def __init__(self, program: Sequence[str], folder: Path, options: str = "") -> None:
        folder.mkdir()
        self.program, self.config = program, folder / "node.toml"
        self.link, self.admin = (_free_port() for _ in range(2))
        key = folder / "identity.key"
        self.key = self.everleaf("keygen", "--out", str(key)).strip()
        self.config.write_text(
            f"[identity]\nkey_file = '{key}'\n[interface]\nkind = 'none'\n[admin]\nlisten = 'tcp://127.0.0.1:{self.admin}'\n"
            f"[nodeinfo]\nname = '{folder.name}'\n{options}"
        )

    def everleaf(self, *arguments: str) -> str:
        """Run a command; its output."""
        done = subprocess.run([*self.program, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def running(self) -> Iterator[int]:
        """Run it until the end of the block; its process group."""
        with self.config.with_suffix(".log").open("wb") as log:
            command = [*self.program, "run", "--config", str(self.config)]
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def ask(self, request: str, **arguments: str) -> Any:
        """The answer to one admin request, asked by the program itself."""
        words = [f"{name}={value}" for name, value in arguments.items()]
        endpoint = f"tcp://127.0.0.1:{self.admin}"
        return json.loads(self.everleaf("ctl", "--json", "--endpoint", endpoint, request, *words))

    def await_peers(self, number: int) -> None:
        """Wait until it is up and has so many."""
        endpoint = f"tcp://127.0.0.1:{self.admin}"
        self.everleaf("wait", "--peers", str(number), "--timeout", "60", "--endpoint", endpoint)


def _programs(group: int) -> list[int]:
    """The processes of a group that run the single file, in the order in which they were started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            number, _, rest = stat.read_text().partition(" (")
            name, _, fields = rest.rpartition(") ")
            values = fields.split()  # from the third on, as proc(5) counts
            if int(values[5 - 3]) == group and name == FILE[:SHOWN]:
                found.append((int(values[22 - 3]), int(number)))
    return [number for _, number in sorted(found)]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("form", ["file", "folder"])
@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_it_is_a_peer_of_a_node_of_this_tree(programs, form: str, scheme: str, tmp_path: Path) -> None:
    port = _free_port()
    there = Node(TREE, tmp_path / "there", f"[peering]\nlisten = ['{scheme}://127.0.0.1:{port}']\n")
    here = Node(programs[form], tmp_path / "here", f"[peering]\npeers = ['{scheme}://127.0.0.1:{port}']\n")
    with ExitStack() as stack:
        for node in (there, here):
            stack.enter_context(node.running())
        here.await_peers(1)
        there.await_peers(1)
        for node, other in ((here, there), (there, here)):
            assert node.ask("getNodeInfo", key=other.key)[other.key]["name"] == other.config.parent.name


@pytest.mark.timeout(300)
def test_a_file_without_its_loader_stops_as_a_signal_would_stop_it(programs, tmp_path: Path) -> None:
    node = Node(programs["file"], tmp_path / "node")
    with node.running() as group:
        node.await_peers(0)
        loader, inner = _programs(group)
        ended = os.pidfd_open(inner)
        os.kill(loader, signal.SIGKILL)
        assert select.select([ended], [], [], PATIENCE)[0], node.config.with_suffix(".log").read_text()
        os.close(ended)
    said = node.config.with_suffix(".log").read_text()
    assert "node.orphaned" in said
    assert said.splitlines()[-1].endswith("node.stopped")
