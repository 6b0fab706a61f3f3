"""Which addresses are dialled, and who wins the race."""

import asyncio
import socket

import pytest

from everleaf.links import resolve as links_resolve
from everleaf.links.resolve import CONNECT_TIMEOUT, dialable, race, resolve
from everleaf.links.tcp import TCP
from everleaf.uri import LinkURI


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ("192.0.2.1", True),
        ("2001:db8::1", True),
        ("fe80::1%eth0", True),
        ("0.0.0.0", False),
        ("::", False),
        ("224.0.0.1", False),
        ("ff02::114", False),
        ("200::1", False),
        ("3ff:ffff::1", False),
        ("400::1", True),
    ],
)
def test_dialable_refuses_the_mesh_itself_and_what_nobody_answers(address, verdict):
    assert dialable(address) is verdict


def test_resolve_says_when_nothing_is_left():
    with pytest.raises(OSError, match="no suitable addresses for 200::1"):
        asyncio.run(resolve("200::1", 9001))


@pytest.mark.parametrize("zone", ["\u00e9" * 80, "\ud800"])
def test_resolve_of_what_is_no_name_is_an_error_of_the_system(zone):
    with pytest.raises(OSError, match="is no name of a host"):
        asyncio.run(resolve("fe80::1", 9001, zone))


@pytest.mark.parametrize("interface", ["eth\0", "\ud800", "no such one"])
def test_dial_through_what_is_no_interface_is_an_error_of_the_system(interface):
    with pytest.raises(OSError, match="interface"):
        asyncio.run(TCP.dial(LinkURI.parse("tcp://127.0.0.1:9"), interface))


def test_resolve_keeps_the_zone_of_a_link_local_address():
    [(family, address)] = asyncio.run(resolve("fe80::1", 9001, "lo"))
    assert family == socket.AF_INET6
    assert address[3] == socket.if_nametoindex("lo")
    [(_, lost)] = asyncio.run(resolve("fe80::1", 9001))  # what the reference dials: no interface, so no route
    assert lost[3] == 0


def _targets(count):
    return [(socket.AF_INET, ("192.0.2.1", port)) for port in range(1, count + 1)]


def test_race_goes_on_at_once_after_a_failure():
    async def connect(target):
        if target[1][1] < 3:
            raise ConnectionRefusedError(111, "Connection refused")
        return socket.socket()

    async def timed():
        begin = asyncio.get_running_loop().time()
        winner = await race(_targets(3), connect)
        winner.close()
        return asyncio.get_running_loop().time() - begin

    assert asyncio.run(timed()) < 0.2


def test_race_prefers_who_answers_over_who_is_first():
    async def connect(target):
        if target[1][1] == 1:
            await asyncio.sleep(60)
        made = socket.socket()
        made.bind(("127.0.0.1", 0))
        return made

    async def first():
        winner = await race(_targets(2), connect)
        name = winner.getsockname()
        winner.close()
        return name

    assert asyncio.run(first())[0] == "127.0.0.1"


async def one_by_one(targets, connect):
    """The reference's way: the next address when the one before has failed."""
    for target in targets:
        try:
            return await asyncio.wait_for(connect(target), CONNECT_TIMEOUT)
        except OSError:
            continue
    raise OSError("nothing to dial")


@pytest.mark.parametrize(("dial", "arrives"), [(one_by_one, False), (race, True)])
def test_race_does_not_wait_for_an_address_that_says_nothing(monkeypatch, dial, arrives):
    """Such as one of a family that does not get through: with the reference it costs five seconds each time."""
    monkeypatch.setattr(links_resolve, "ATTEMPT_DELAY", 0.01)

    async def connect(target):
        if target[1][1] == 1:
            await asyncio.Event().wait()
        return socket.socket()

    async def connected():
        try:
            made = await asyncio.wait_for(dial(_targets(2), connect), 0.2)
        except TimeoutError:
            return False
        made.close()
        return True

    assert asyncio.run(connected()) is arrives


def test_race_raises_the_last_failure_when_all_fail():
    async def connect(target):
        raise OSError(113, f"no route to {target[1][1]}")

    with pytest.raises(OSError, match="no route to 2"):
        asyncio.run(race(_targets(2), connect))
