"""What the daemon makes of its own mistakes, and of callers that do not wait."""

import asyncio
import io
import socket
import struct
import threading

import pytest

from everleaf import _core, config
from everleaf.daemon.daemon import Daemon
from everleaf.daemon.plane import Plane
from everleaf.log import Log

TEXT = '[interface]\nkind = "none"\n[admin]\nlisten = "none"\n[peering]\nlisten = ["tcp://127.0.0.1:0"]\n'
RESET = struct.pack("ii", 1, 0)  # struct linger: on, no time


class OneBatch:
    """A core that has seen two links get ready."""

    def __init__(self):
        fields = (_core.LINK_READY, 1.0), (b"", b"", 0, 0)
        self.events = [_core.Event((*fields[0], link, *fields[1])) for link in (1, 2)]

    def recv(self, _limit):
        events, self.events = self.events, []
        return events


class Stumbling:
    """Links that cannot cope with the first one."""

    def __init__(self):
        self.ready_links = []

    def ready(self, _now, link, _tls_key):
        if link == 1:
            raise ZeroDivisionError
        self.ready_links.append(link)
        return []


def life_of(tmp_path, steps):
    """What the daemon wrote while `steps` went on."""

    async def life():
        file = tmp_path / "node.toml"
        file.write_text(TEXT)
        lines = io.StringIO()
        daemon = Daemon(file, config.load(file), _core.Identity(b"ours".ljust(32)), Log(lines, "info", "text"))
        task = asyncio.ensure_future(daemon.run())
        async with asyncio.timeout(10):
            while not daemon.listeners.names():
                await asyncio.sleep(0)
            await steps(daemon)
        daemon.stop()
        await task
        return lines.getvalue()

    return asyncio.run(life())


class Idle:
    """A node that owes nothing."""

    def flush(self, _now):
        return []


def test_plane_loses_no_event_to_a_mistake_over_another():
    core, links = OneBatch(), Stumbling()
    plane = Plane(core, Idle(), links, dial=None, dial_later=None, answer=None, write=None)
    with pytest.raises(ZeroDivisionError):
        plane.drain()
    plane.drain()
    assert links.ready_links == [2]


def test_daemon_tells_of_a_mistake_and_goes_on(tmp_path):
    async def steps(_daemon):
        asyncio.get_running_loop().call_soon(lambda: 1 // 0)
        await asyncio.sleep(0)

    written = life_of(tmp_path, steps)
    assert "error node.erred" in written
    assert "ZeroDivisionError" in written
    assert "node.stopped" in written


def test_daemon_says_nothing_of_callers_that_are_gone_already(tmp_path):
    seen = []

    async def steps(daemon):
        port = int(daemon.listeners.names()[0].rpartition(":")[2])
        accepted = daemon.listeners._accepted
        daemon.listeners._accepted = lambda *call: (accepted(*call), seen.append(call))
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        while not seen:
            await asyncio.sleep(0)

    assert "link." not in life_of(tmp_path, steps)
    assert seen[0][0].fileno() == -1


def test_view_lists_ports_while_the_loop_goes_on(tmp_path):
    """A host that waits for the loop would wait for ever if it were asked on the loop itself."""
    went_on = threading.Event()

    class SlowHost:
        def listening_ports(self):
            assert went_on.wait(10)
            return ["port"]

    async def steps(daemon):
        daemon.host = SlowHost()
        asyncio.get_running_loop().call_soon(went_on.set)
        assert await daemon.view.ports() == ["port"]

    life_of(tmp_path, steps)
