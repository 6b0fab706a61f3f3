"""The set of listening sockets follows the configuration."""

import asyncio
import socket

from everleaf.daemon.listeners import Listeners
from everleaf.errors import BusyError
from everleaf.uri import LinkURI


def uri(text):
    return LinkURI.parse(text, listen=True)


def port_of(name):
    return int(name.rpartition(":")[2])


def test_listeners_open_what_is_new_and_close_what_is_gone():
    async def life():
        seen = []
        listeners = Listeners(lambda connection, scheme, at: seen.append((connection, scheme.name, at.text)))
        assert await listeners.match([uri("tcp://127.0.0.1:0")]) == []
        port = port_of(listeners.names()[0])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        while not seen:
            await asyncio.sleep(0)
        assert await listeners.match([uri("tls://127.0.0.1:0")]) == []
        names = listeners.names()
        refused = False
        try:
            await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            refused = True
        writer.close()
        await writer.wait_closed()
        seen[0][0].close()
        listeners.close()
        return names, refused, seen[0][1:]

    names, refused, first = asyncio.run(life())
    assert refused
    assert first == ("tcp", "tcp://127.0.0.1:0")
    assert names[0].startswith("tls://127.0.0.1:")
    assert port_of(names[0]) > 0


def test_listeners_report_a_busy_port_and_open_the_others(tmp_path):
    async def life():
        with socket.create_server(("127.0.0.1", 0)) as busy:
            taken = uri(f"tcp://127.0.0.1:{busy.getsockname()[1]}")
            listeners = Listeners(lambda *_: None)
            problems = await listeners.match([taken, uri(f"unix://{tmp_path}/link.sock")])
            names = listeners.names()
            listeners.close()
            return problems, names

    [problem], names = asyncio.run(life())
    assert isinstance(problem, BusyError)
    assert "change peering.listen" in str(problem)
    assert names == [f"unix://{tmp_path}/link.sock"]
    assert not (tmp_path / "link.sock").exists()


def test_listener_in_a_directory_that_is_missing_says_how_to_make_it(tmp_path):
    [problem] = asyncio.run(Listeners(lambda *_: None).match([uri(f"unix://{tmp_path}/none/link.sock")]))
    assert str(problem).endswith(f"No such file or directory; make its directory: mkdir -p {tmp_path}/none")
