"""The admin socket: framing, keepalive, refusals, and what it leaves behind."""

import asyncio
import json
import select
import socket
import stat

import pytest

from everleaf.daemon import admin as limits
from everleaf.daemon.admin import AdminServer
from everleaf.endpoint import Endpoint
from everleaf.errors import BusyError, OutputError

LIST = b'{"request":"list"}'
KEPT = b'{"request":"list","keepalive":true}'
REQUESTS = 1000


def converse(path, *writes, end=False):
    """Everything the server sends after these writes, as decoded answers."""

    async def talk():
        server = AdminServer(view=object())
        await server.listen(Endpoint(path=str(path)))
        reader, writer = await asyncio.open_unix_connection(str(path))
        for data in writes:
            writer.write(data)
            await writer.drain()
        if end:
            writer.write_eof()
        heard = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        await writer.wait_closed()
        await server.close()
        return heard.decode()

    text, decoder, answers = asyncio.run(talk()), json.JSONDecoder(), []
    while text:
        answer, used = decoder.raw_decode(text)
        answers.append(answer)
        text = text[used:].lstrip()
    return answers


async def flood(path):
    """A caller who asks for far more than the sockets hold and reads nothing; the server has run into that."""
    caller = socket.socket(socket.AF_UNIX)
    caller.connect(str(path))
    caller.sendall(KEPT * REQUESTS)
    for _ in range(REQUESTS):
        await asyncio.sleep(0)
    return caller


def test_admin_answers_one_request_and_closes(tmp_path):
    [answer] = converse(tmp_path / "s", LIST)
    assert answer["status"] == "success"
    assert "getself" in {row["command"] for row in answer["response"]["list"]}


def test_admin_reads_a_request_in_pieces(tmp_path):
    [answer] = converse(tmp_path / "s", LIST[:5], LIST[5:9], LIST[9:])
    assert answer["status"] == "success"


def test_admin_keeps_a_connection_that_asks_for_it(tmp_path):
    answers = converse(tmp_path / "s", KEPT + KEPT + LIST + LIST)
    assert [answer["request"].get("keepalive", False) for answer in answers] == [True, True, False]


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (b"no json at all\n", "failed to find request"),
        (b"[]", "failed to unmarshal request"),
        (b'{"request":', "failed to find request"),
        (b'{"request":"' + b"x" * 70000, "request is longer than 65536 bytes"),
    ],
)
def test_admin_refuses_what_is_no_request(tmp_path, sent, text):
    [answer] = converse(tmp_path / "s", sent, end=True)
    assert (answer["status"], answer["error"]) == ("error", text)


def test_admin_closes_a_connection_that_asks_nothing(tmp_path, monkeypatch):
    """With the reference it stays open for ever."""
    monkeypatch.setattr(limits, "IDLE_LIMIT", 0.01)
    assert converse(tmp_path / "s") == []


def test_admin_serves_a_bounded_number_of_connections(tmp_path, monkeypatch):
    """The reference serves as many as there are descriptors."""
    monkeypatch.setattr(limits, "MAX_CONNECTIONS", 1)
    path = str(tmp_path / "s")

    async def talk():
        server = AdminServer(view=object())
        await server.listen(Endpoint(path=path))
        first, second = [await asyncio.open_unix_connection(path) for _ in range(2)]
        refused = await asyncio.wait_for(second[0].read(), 5)
        first[1].write(LIST)
        answered = await asyncio.wait_for(first[0].read(), 5)
        for _, writer in (first, second):
            writer.close()
            await writer.wait_closed()
        await server.close()
        return refused, answered

    refused, answered = asyncio.run(talk())
    assert refused == b""
    assert b'"success"' in answered


def test_admin_can_stop_while_a_caller_does_not_read(tmp_path):
    async def life():
        server = AdminServer(view=object())
        await server.listen(Endpoint(path=str(tmp_path / "s")))
        with await flood(tmp_path / "s"):
            await asyncio.wait_for(server.close(), 5)

    asyncio.run(life())


def test_admin_gives_up_on_a_caller_that_does_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "IDLE_LIMIT", 0.01)

    async def life():
        server = AdminServer(view=object())
        await server.listen(Endpoint(path=str(tmp_path / "s")))
        with await flood(tmp_path / "s") as caller:
            ends = select.poll()
            ends.register(caller, select.POLLHUP)
            async with asyncio.timeout(5):
                while not ends.poll(0):
                    await asyncio.sleep(0)
        await server.close()

    asyncio.run(life())


def test_admin_socket_is_for_owner_and_group_and_goes_at_the_end(tmp_path):
    path = tmp_path / "admin.sock"

    async def life():
        server = AdminServer(view=object())
        await server.listen(Endpoint(path=str(path)))
        mode = stat.S_IMODE(path.stat().st_mode)
        await server.close()
        return mode

    assert asyncio.run(life()) == 0o660
    assert not path.exists()


def test_admin_says_what_to_do_when_the_socket_is_taken_or_has_no_place(tmp_path):
    async def listen(path):
        await AdminServer(view=object()).listen(Endpoint(path=str(path)))

    with socket.socket(socket.AF_UNIX) as owner:
        owner.bind(str(tmp_path / "taken"))
        owner.listen()
        with pytest.raises(BusyError, match=r"change admin\.listen"):
            asyncio.run(listen(tmp_path / "taken"))
    with pytest.raises(OutputError, match="mkdir -p"):
        asyncio.run(listen(tmp_path / "no" / "place"))
