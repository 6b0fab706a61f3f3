"""A repair that takes its time, on a model of a kernel whose commands end when the test lets them."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from everleaf import _core, config
from everleaf.daemon.daemon import Daemon
from everleaf.errors import HostError
from everleaf.host.bsd.freebsd import FreeBsdHost
from everleaf.log import Log
from host.bsd.fake.freebsd import FreeBsdKernel

LIMIT = 10.0  # seconds until a wait is a failure


class SlowKernel(FreeBsdKernel):
    """Each command waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = threading.Event()
        self.let_go = threading.Event()

    def run(self, command):
        self.waiting.set()
        assert self.let_go.wait(LIMIT), "the command kept the loop from letting it go"
        return super().run(command)


class SlowHost(FreeBsdHost):
    """Without news, whose descriptor in the model is none for a loop."""

    def watch(self):
        raise HostError("no news here")


class Rig:
    """A node on such a kernel, whose address has been taken, and which only a command can give back."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kernel = SlowKernel()
        self.written = io.StringIO()
        self._socket = folder / "admin.sock"
        self._file = folder / "node.toml"
        self._file.write_text(f'[interface]\nkind = "tun"\n[admin]\nlisten = "unix://{self._socket}"\n')
        monkeypatch.setattr("everleaf.daemon.daemon.this_host", lambda: SlowHost(self.kernel))

    def run(self, steps: Callable[[Daemon], Coroutine[None, None, None]]) -> None:
        """Let `steps` go on from where the command waits, and stop the node."""
        asyncio.run(self._life(steps))
        self.kernel.end()

    async def ask(self, request: str) -> dict[str, object]:
        """One admin request; its response."""
        reader, writer = await asyncio.open_unix_connection(str(self._socket))
        writer.write(json.dumps({"request": request}).encode())
        answer = json.loads(await reader.read())
        writer.close()
        await writer.wait_closed()
        return answer["response"]

    def has_address(self) -> bool:
        return bool(self.kernel.interfaces["tun0"].addresses)

    async def _life(self, steps: Callable[[Daemon], Coroutine[None, None, None]]) -> None:
        identity = _core.Identity(b"ours".ljust(32))
        daemon = Daemon(self._file, config.load(self._file), identity, Log(self.written, "info", "text"))
        task = asyncio.ensure_future(daemon.run())
        async with asyncio.timeout(LIMIT):
            while "node.started" not in self.written.getvalue():
                await asyncio.sleep(0)
            daemon._timer.cancel()  # the test says when to look
            self._take_address()
            daemon._keeper.tick(0.0)
            while not self.kernel.waiting.is_set():
                await asyncio.sleep(0)
            await steps(daemon)
            daemon.stop()
            await task

    def _take_address(self) -> None:
        interface = self.kernel.interfaces["tun0"]
        for address in list(interface.addresses):
            self.kernel.delete_address(interface, address)
        self.kernel.refuse["SIOCAIFADDR_IN6"] = "EINVAL"


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(tmp_path, monkeypatch)


def test_admin_answers_while_a_command_repairs_the_interface(rig: Rig) -> None:
    async def steps(daemon: Daemon) -> None:
        assert (await rig.ask("getTun"))["enabled"]
        assert not daemon.interface.facts(is_open=True).addressed
        rig.kernel.let_go.set()
        while "interface.restored" not in rig.written.getvalue():
            await asyncio.sleep(0)
        assert rig.has_address()

    rig.run(steps)


def test_one_repair_goes_on_at_a_time(rig: Rig) -> None:
    async def steps(daemon: Daemon) -> None:
        first = daemon._keeper._repairing
        for now in range(1, 100):
            daemon._keeper.tick(float(now))
            await asyncio.sleep(0)
        assert daemon._keeper._repairing is first
        rig.kernel.let_go.set()

    rig.run(steps)


def test_stop_waits_for_a_repair_and_leaves_nothing_of_it(rig: Rig) -> None:
    """Else the command would give the address to an interface that the node has left."""

    async def steps(daemon: Daemon) -> None:
        ended = asyncio.ensure_future(daemon._keeper.end())
        for _ in range(100):
            await asyncio.sleep(0)
        assert not ended.done()
        rig.kernel.let_go.set()
        await ended
        assert "interface.restored" in rig.written.getvalue()
        assert not rig.has_address()

    rig.run(steps)


def test_a_mistake_of_ours_in_a_repair_is_told_and_the_next_one_begins(rig: Rig, monkeypatch) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError

    async def steps(daemon: Daemon) -> None:
        apply = daemon.host.apply
        rig.kernel.let_go.set()
        while daemon._keeper._repairing:
            await asyncio.sleep(0)
        monkeypatch.setattr(daemon.host, "apply", stumble)
        rig._take_address()
        daemon._keeper.tick(100.0)
        while "node.erred" not in rig.written.getvalue():
            await asyncio.sleep(0)
        assert "ZeroDivisionError" in rig.written.getvalue()
        monkeypatch.setattr(daemon.host, "apply", apply)
        daemon._keeper.tick(200.0)
        while not rig.has_address():
            await asyncio.sleep(0)

    rig.run(steps)
