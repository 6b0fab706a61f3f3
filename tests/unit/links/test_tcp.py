"""What a TCP socket is before anybody knows how far away its peer is, and what is said where nobody is."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from everleaf.links.tcp import TCP
from everleaf.uri import LinkURI

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets each socket choose")


def congestion(stream: socket.socket) -> str:
    return stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0").decode()


def test_no_socket_begins_with_the_clock_of_bbr_and_other_choices_of_the_system_stay() -> None:
    """Where BBR is the system's own, dialling and accepting must both leave it; only such a system shows the first."""

    async def both_ends() -> set[str]:
        with await TCP.listen(LinkURI.parse("tcp://127.0.0.1:0", listen=True)) as listener:
            port = listener.getsockname()[1]
            dialled = await TCP.dial(LinkURI.parse(f"tcp://127.0.0.1:{port}"), "")
            accepted, _ = await asyncio.get_running_loop().sock_accept(listener)
            with dialled, accepted:
                return {congestion(dialled), congestion(accepted)}

    with socket.socket() as bare:
        systems = congestion(bare)
    seen = asyncio.run(both_ends())
    assert seen <= {"cubic", "reno"} if systems == "bbr" else seen == {systems}


def test_dial_says_why_it_failed() -> None:
    """In the system's words, and not in asyncio's."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))  # and nobody listens
        uri = LinkURI.parse(f"tcp://127.0.0.1:{busy.getsockname()[1]}")
        with pytest.raises(ConnectionRefusedError) as caught:
            asyncio.run(TCP.dial(uri, ""))
    assert caught.value.strerror == "Connection refused"
