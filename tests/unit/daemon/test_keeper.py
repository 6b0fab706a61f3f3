"""What the node does when another changes its interface: give it back, say so, and not fight all day."""

from __future__ import annotations

import asyncio
import itertools
import os
from dataclasses import dataclass, field, replace

import pytest

from everleaf.daemon.interface import Interface
from everleaf.daemon.keeper import LONGEST_PAUSE, POLL, Keeper
from everleaf.errors import HostError
from everleaf.host import Applied, Observed, Problem, Wanted

WANTED = Wanted(bytes.fromhex("02" + "11" * 15), 65535)
WELL = Observed(up=True, mtu=65535, addresses=frozenset({(WANTED.address, 7)}), routed=True)
REFUSED_ROUTE = Problem("add route 200::/7", "RTM_NEWROUTE", "File exists", "see who has it")


class FakeWatch:
    """A pipe in which each byte is a piece of news."""

    def __init__(self):
        self.closed = False
        self._out, self._in = os.pipe()

    def tell(self):
        os.write(self._in, b"!")

    def fileno(self):
        return self._out

    def read(self):
        return bool(os.read(self._out, 100))

    def close(self):
        self.closed = True
        os.close(self._in)
        os.close(self._out)


@dataclass
class FakeHost:
    """One interface: what it is like, and what applying does to it."""

    state: Observed | None = WELL
    refuses: HostError | None = None
    keeps: dict[str, object] = field(default_factory=dict)  # what applying cannot change
    problems: tuple[Problem, ...] = ()
    watching: FakeWatch | None = field(default_factory=FakeWatch)
    applied: int = 0
    observed: int = 0
    withdrawn: list[str] = field(default_factory=list)

    def apply(self, name, wanted):
        assert (name, wanted) == ("mesh0", WANTED)
        self.applied += 1
        if self.refuses:
            raise self.refuses
        self.state = replace(WELL, **self.keeps)
        return Applied(WELL.mtu, self.problems)

    def observe(self, name):
        assert name == "mesh0"
        self.observed += 1
        if isinstance(self.state, HostError):
            raise self.state
        return self.state

    def watch(self):
        if not self.watching:
            raise HostError("no news here")
        return self.watching

    def withdraw(self, name):
        self.withdrawn.append(name)
        if self.refuses:
            raise self.refuses
        return self.problems


class FakeDevice:
    name = "mesh0"


class Rig:
    """A keeper, its host, and what was written."""

    def __init__(self, **host):
        self.host = FakeHost(**host)
        self.lines = []
        self.interface = Interface(self.host, FakeDevice(), WANTED, 0, Applied(WELL.mtu, self.host.problems))
        self.told = 0
        self.keeper = Keeper(self.interface, lambda *line: self.lines.append(line), self.tell)

    def tell(self):
        self.told += 1

    def damage(self, **changes):
        self.host.state = replace(WELL, **changes)

    async def tick(self, now):
        """To the end of the repair that it may begin."""
        self.keeper.tick(float(now))
        if self.keeper._repairing:
            await self.keeper._repairing

    async def ticks(self, seconds, start=0.0):
        """Once a second; the seconds at which it applied."""
        times = []
        for now in range(int(start), int(start + seconds)):
            before = self.host.applied
            await self.tick(now)
            times += [now] * (self.host.applied - before)
        return times

    def run(self, seconds, start=0.0):
        return asyncio.run(self.ticks(seconds, start))

    def events(self):
        return [event for event, _, _ in self.lines]


@pytest.mark.parametrize(
    ("damage", "lacked"),
    [
        ({"up": False}, "up"),
        ({"mtu": 1279, "addresses": frozenset()}, "mtu, address"),
        ({"addresses": frozenset({(WANTED.address, 64)})}, "address"),
        ({"routed": False}, "route"),
        ({"up": False, "routed": False}, "up, route"),
    ],
)
def test_keeper_gives_back_what_another_took_and_says_what(damage, lacked):
    rig = Rig()
    rig.damage(**damage)
    rig.run(1)
    assert rig.host.state == WELL
    assert rig.lines == [("interface.restored", {"interface": "mesh0", "lacked": lacked}, "warning")]


def test_keeper_does_nothing_to_an_interface_that_is_well():
    rig = Rig()
    assert rig.run(100) == []
    assert rig.lines == []


def test_keeper_looks_every_ten_seconds_without_news():
    rig = Rig()
    rig.run(3 * POLL)
    assert rig.host.observed == 3


def test_keeper_pauses_longer_and_longer_when_another_keeps_taking():
    rig = Rig()
    rig.keeper._watch = rig.host.watching
    times = []

    async def fight():
        for now in range(300):
            rig.damage(up=False)
            rig.host.watching.tell()
            rig.keeper.news()
            times.extend(await rig.ticks(1, start=now))

    asyncio.run(fight())
    rig.host.watching.close()
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_keeper_says_once_what_it_can_never_give_back():
    rig = Rig(keeps={"routed": False})
    rig.damage(routed=False)
    assert 5 < len(rig.run(400)) < 15
    assert rig.events() == ["interface.lost"]


def test_keeper_begins_with_short_pauses_again_after_a_quiet_time():
    rig = Rig(keeps={"routed": False})
    rig.damage(routed=False)
    rig.run(20)
    rig.host.keeps = {}
    rig.run(2 * LONGEST_PAUSE + POLL, start=20)
    rig.damage(up=False)
    (repaired, *rest) = rig.run(30, start=200)
    rig.damage(up=False)
    assert rig.run(POLL + 2, start=230) == [230]
    assert (repaired, rest) == (200, [])


def test_keeper_says_why_it_cannot_and_that_it_could_again():
    rig = Rig(refuses=HostError("may not", fix="be root"))
    rig.damage(addresses=frozenset())
    rig.run(2)
    assert rig.lines == [
        (
            "interface.lost",
            {"interface": "mesh0", "lacks": "address", "reason": "keep the interface as wanted: may not"},
            "error",
        )
    ]
    assert [(problem.output, problem.fix) for problem in rig.interface.problems] == [("may not", "be root")]
    rig.host.refuses = None
    rig.run(20, start=2)
    assert rig.events() == ["interface.lost", "interface.restored"]
    assert rig.interface.problems == ()


def test_keeper_sees_that_somebody_else_mended_it():
    rig = Rig(refuses=HostError("may not"))
    rig.damage(up=False)
    rig.run(1)
    rig.host.state = WELL
    rig.run(20, start=1)
    assert rig.events() == ["interface.lost", "interface.restored"]
    assert (rig.interface.problems, rig.interface.facts(is_open=True).up) == ((), True)


def test_keeper_takes_over_the_problems_of_a_repair():
    rig = Rig()
    rig.host.problems = (REFUSED_ROUTE,)
    rig.host.keeps = {"routed": False}
    rig.damage(routed=False)
    rig.run(1)
    assert rig.interface.problems == (REFUSED_ROUTE,)
    assert [problem.output for problem in rig.interface.facts(is_open=True).problems] == ["File exists"]
    assert rig.lines[0][1]["reason"] == "add route 200::/7: File exists"


def test_keeper_says_once_that_the_interface_is_gone_and_looks_no_more():
    rig = Rig()
    rig.host.state = None
    rig.run(100)
    assert rig.events() == ["interface.lost"]
    assert rig.host.observed == 1


def test_keeper_survives_that_it_cannot_look():
    rig = Rig()
    rig.host.state = HostError("netlink failed")
    rig.run(30)
    assert rig.events() == ["interface.lost"]
    assert rig.interface.problems[0].output == "netlink failed"
    rig.host.state = WELL
    rig.run(20, start=30)
    assert rig.events() == ["interface.lost", "interface.restored"]


# --- in a loop --------------------------------------------------------------------------------------------------------


def in_loop(rig, steps):
    async def life():
        rig.keeper.begin()
        await steps()
        await rig.keeper.end()

    asyncio.run(life())


def test_keeper_looks_at_the_next_tick_after_news():
    rig = Rig()

    async def steps():
        rig.keeper.tick(0.0)
        rig.keeper.tick(1.0)
        assert rig.host.observed == 1
        rig.host.watching.tell()
        while rig.keeper._look_at > 1.0:
            await asyncio.sleep(0)
        rig.keeper.tick(2.0)
        assert (rig.host.observed, rig.told) == (2, 1)

    in_loop(rig, steps)
    assert (rig.host.watching.closed, rig.host.withdrawn) == (True, ["mesh0"])


def test_keeper_says_at_the_start_what_was_refused_and_at_the_end_what_stays():
    rig = Rig(problems=(REFUSED_ROUTE,))

    async def steps():
        pass

    in_loop(rig, steps)
    reason = "cannot add route 200::/7: File exists"
    assert rig.lines == [
        ("interface.incomplete", {"interface": "mesh0", "reason": reason, "fix": "see who has it"}, "warning"),
        ("interface.kept", {"interface": "mesh0", "reason": reason}, "info"),
    ]


def test_keeper_tells_only_who_looks_closely_of_what_went_another_way():
    rig = Rig(problems=(replace(REFUSED_ROUTE, mended=True),))

    async def steps():
        pass

    in_loop(rig, steps)
    assert [(event, level) for event, _, level in rig.lines] == [("interface.detour", "debug")] * 2


def test_keeper_ends_quietly_where_there_is_neither_news_nor_a_way_back():
    rig = Rig(refuses=HostError("may not"), watching=None)

    async def steps():
        rig.keeper.tick(0.0)

    in_loop(rig, steps)
    assert rig.lines == [
        ("interface.unwatched", {"interface": "mesh0", "reason": "no news here"}, "warning"),
        ("interface.kept", {"interface": "mesh0", "reason": "may not"}, "warning"),
    ]


def test_keeper_that_never_began_can_end():
    """The start failed before."""
    rig = Rig()
    asyncio.run(rig.keeper.end())
    rig.host.watching.close()
    assert rig.host.withdrawn == ["mesh0"]
