"""A conversation with a kernel's routing socket: three outcomes of a change, lookups, and news."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from everleaf.host.abi import Abi, load
from everleaf.host.bsd.routing.socket import ANSWER_READS, RoutingSocket
from everleaf.host.bsd.routing.watch import RoutingWatch
from everleaf.host.route import Answer, Outcome, Route
from host.bsd.fake.freebsd import FreeBsdKernel

MESH = bytes([2]) + bytes(15)
NODE = bytes.fromhex("02000001000200030004000500060007")
LOOPBACK = Route(MESH, 7, index=1)


@pytest.fixture
def kernel() -> FreeBsdKernel:
    return FreeBsdKernel()


@pytest.fixture
def abi() -> Abi:
    return load("freebsd", "x86_64")


@pytest.fixture
def routes(kernel: FreeBsdKernel, abi: Abi) -> Iterator[RoutingSocket]:
    with RoutingSocket(kernel, abi) as routes:
        yield routes
    assert kernel.open_sockets() == 0


def test_an_existing_a_missing_and_a_refused_route_are_three_outcomes(
    kernel: FreeBsdKernel, routes: RoutingSocket
) -> None:
    assert routes.delete(LOOPBACK) == Answer(Outcome.MISSING, "No such process")
    assert routes.change(LOOPBACK) == Answer(Outcome.MISSING, "No such process")
    assert routes.add(LOOPBACK) == Answer(Outcome.DONE)
    assert routes.add(LOOPBACK) == Answer(Outcome.EXISTS, "File exists")
    assert routes.change(LOOPBACK) == Answer(Outcome.DONE)
    assert routes.delete(LOOPBACK) == Answer(Outcome.DONE)
    kernel.refuse["RTM_ADD"] = "EPERM"
    assert routes.add(LOOPBACK) == Answer(Outcome.REFUSED, "Operation not permitted")


def test_a_gateway_that_leads_nowhere_is_refused(routes: RoutingSocket) -> None:
    assert routes.add(Route(MESH, 7, index=99)) == Answer(Outcome.REFUSED, "Network is unreachable")


def test_the_answer_is_found_among_the_messages_of_others(kernel: FreeBsdKernel, routes: RoutingSocket) -> None:
    """The error of an answer counts only with our pid and our number on it."""
    [waiting] = [each.waiting for each in kernel.sockets.values()]
    for pid, sequence in ((kernel.pid + 1, 1), (kernel.pid, 99)):
        foreign = kernel.messages.route("ADD", 1, 1, {}, pid=pid, sequence=sequence)
        waiting.append(kernel.messages.answer(foreign, pid, 17))
    assert routes.add(LOOPBACK) == Answer(Outcome.DONE)
    assert waiting == []


def test_an_error_that_only_the_copy_tells_counts(
    kernel: FreeBsdKernel, routes: RoutingSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = kernel.messages.route("ADD", 1, 1, {}, pid=kernel.pid, sequence=1)
    [waiting] = [each.waiting for each in kernel.sockets.values()]
    monkeypatch.setattr(kernel, "send", lambda fd, message: waiting.append(kernel.messages.answer(copy, 4242, 17)))  # noqa: ARG005
    assert routes.add(LOOPBACK).outcome is Outcome.EXISTS


def test_a_flood_of_messages_does_not_hold_us(kernel: FreeBsdKernel, routes: RoutingSocket) -> None:
    [waiting] = [each.waiting for each in kernel.sockets.values()]
    waiting.extend([kernel.messages.interface(1, "lo0", 1, 1500)] * (ANSWER_READS + 5))
    assert routes.add(LOOPBACK) == Answer(Outcome.DONE)
    assert len(waiting) == 6  # five of the flood, and our answer


def test_get_tells_the_interface(routes: RoutingSocket) -> None:
    assert routes.get(NODE) is None
    routes.add(LOOPBACK)
    found = routes.get(NODE)
    assert found is not None
    assert (found.index, found.interface, found.destination, found.prefix_length) == (1, "lo0", MESH, 7)


def test_watch_tells_of_changes_and_not_of_its_own_routes_or_lookups(kernel: FreeBsdKernel, abi: Abi) -> None:
    watch = RoutingWatch(kernel, abi)
    assert not watch.read()
    with RoutingSocket(kernel, abi) as routes:
        routes.add(LOOPBACK)
        routes.get(NODE)
        routes.add(LOOPBACK)  # an error
    assert not watch.read()
    kernel.broadcast(kernel.messages.route("DELETE", 1, 1, {}, pid=kernel.pid + 1))
    assert watch.read()
    kernel.set_mtu(kernel.interfaces["lo0"], 1500)
    kernel.set_mtu(kernel.interfaces["lo0"], 1400)
    assert watch.read()
    assert not watch.read()  # both were taken
    watch.close()
    watch.close()
    assert kernel.open_sockets() == 0


@pytest.mark.parametrize(("kind", "news"), [("MISS", False), ("NEWADDR", True), ("DELADDR", True), ("IFINFO", True)])
def test_watch_knows_which_kinds_are_news(kernel: FreeBsdKernel, abi: Abi, kind: str, news: bool) -> None:
    watch = RoutingWatch(kernel, abi)
    messages = kernel.messages
    kernel.broadcast(
        messages.interface(1, "lo0", 1, 1500)
        if kind == "IFINFO"
        else messages.route("MISS", 1, 1, {})
        if kind == "MISS"
        else messages.address(kind, 1, NODE, 7)
    )
    assert watch.read() is news


def test_watch_takes_lost_messages_for_news(kernel: FreeBsdKernel, abi: Abi) -> None:
    watch = RoutingWatch(kernel, abi)
    kernel.broadcast("ENOBUFS")
    assert watch.read()


def test_watch_sets_its_options_and_does_without_those_the_system_refuses(kernel: FreeBsdKernel, abi: Abi) -> None:
    RoutingWatch(kernel, abi, [(17, 1, b"\1\0\0\0")])
    [socket] = kernel.sockets.values()
    assert (socket.options, socket.blocking) == ([(17, 1, b"\1\0\0\0")], False)
    kernel.refuse["setsockopt"] = "EINVAL"
    watch = RoutingWatch(kernel, abi, [(17, 1, b"\1\0\0\0")])
    kernel.broadcast("ENOBUFS")
    assert watch.read()
