"""Keeps the interface as wanted: another's hand on it is noticed and undone, but nobody is fought without a pause.

News of the network stack make it look at the next tick, which gathers a burst into one look; without news it looks
every POLL seconds, because news can be lost. A repair may run commands, for as long as they take: in a thread, one at a
time, while the loop goes on. Looking asks the kernel alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from everleaf.control.backoff import Backoff
from everleaf.daemon.interface import Interface, as_problem
from everleaf.errors import NodeError
from everleaf.host import Observed, Problem, Watch
from everleaf.links.background import in_background

POLL = 10.0  # seconds
PAUSE = 1.0  # seconds between two repairs, doubled each time
LONGEST_PAUSE = 60.0  # seconds; after as long without a repair the pauses start anew

Scribe = Callable[[str, Mapping[str, object], str], None]


class Keeper:
    """One open interface, from the start of the node to its end."""

    def __init__(self, interface: Interface, note: Scribe, changed: Callable[[], None]) -> None:
        """`changed` is called with news of any interface of this host."""
        self._interface = interface
        self._note = note
        self._changed = changed
        self._watch: Watch | None = None
        self._look_at = float("-inf")
        self._pause = Backoff(PAUSE, LONGEST_PAUSE)
        self._tried_at = float("-inf")
        self._repairing: asyncio.Task[None] | None = None
        self._lost: tuple[str, ...] = ()  # what it lacks and could not be given back
        self._gone = False

    def begin(self) -> None:
        """Say what the system refused at the start, and listen for news in the running loop."""
        for problem in self._interface.applied.problems:
            event, level = ("interface.detour", "debug") if problem.mended else ("interface.incomplete", "warning")
            self._say(event, level, reason=f"cannot {problem.what}: {problem.output}", fix=problem.fix)
        try:
            self._watch = self._interface.host.watch()
        except NodeError as error:
            self._say("interface.unwatched", "warning", reason=str(error))
            return
        asyncio.get_running_loop().add_reader(self._watch.fileno(), self.news)

    async def end(self) -> None:
        """Take our address back while the device is still ours: one made beforehand outlives us."""
        self._close_watch()
        if self._repairing:  # it would give the address back after us
            await asyncio.wait([self._repairing])
        try:
            for problem in self._interface.host.withdraw(self._interface.name):
                event, level = ("interface.detour", "debug") if problem.mended else ("interface.kept", "info")
                self._say(event, level, reason=f"cannot {problem.what}: {problem.output}")
        except NodeError as error:
            self._say("interface.kept", "warning", reason=str(error))

    def news(self) -> None:
        """The watch has something to read."""
        if self._watch and self._watch.read():
            self._look_at = float("-inf")
            self._changed()

    def tick(self, now: float) -> None:
        """Once a second: look if it is time, and repair what is not as wanted."""
        if self._gone or self._repairing or now < self._look_at:
            return
        self._look_at = now + POLL
        try:
            seen = self._interface.host.observe(self._interface.name)
        except NodeError as error:
            self._lose(("sight",), as_problem("look at the interface", error))
            return
        if seen is None:
            self._vanished()
        elif lacks := self._lacks(seen):
            self._begin_repair(now, lacks)
        else:
            self._is_well(now)

    def _lacks(self, seen: Observed) -> tuple[str, ...]:
        wanted = self._interface.wanted
        there = {
            "up": seen.up,
            "mtu": seen.mtu == self._interface.mtu,
            "address": (wanted.address, wanted.prefix_length) in seen.addresses,
            "route": seen.routed,
        }
        return tuple(name for name, well in there.items() if not well)

    def _begin_repair(self, now: float, lacks: tuple[str, ...]) -> None:
        if not self._pause.ready(now):
            self._look_at = now  # at the next tick
            return
        self._tried_at = now
        self._repairing = asyncio.ensure_future(self._repair(lacks))

    async def _repair(self, lacks: tuple[str, ...]) -> None:
        host, name = self._interface.host, self._interface.name
        try:
            self._interface.applied = await in_background(partial(host.apply, name, self._interface.wanted))
            seen = host.observe(name)
        except NodeError as error:
            self._lose(lacks, as_problem("keep the interface as wanted", error))
            return
        finally:
            self._repairing = None
        if seen is None:
            self._vanished()
        elif still := self._lacks(seen):
            self._lose(still, None)
        else:
            self._restore(lacks)

    def _restore(self, lacked: tuple[str, ...]) -> None:
        self._lost, self._interface.trouble = (), None
        self._say("interface.restored", "warning", lacked=", ".join(lacked))

    def _lose(self, lacks: tuple[str, ...], cause: Problem | None) -> None:
        """Say it, but once."""
        self._interface.trouble = cause
        if lacks != self._lost:
            self._lost = lacks
            problems = [cause] if cause else self._interface.applied.problems
            reason = "; ".join(f"{each.what}: {each.output}" for each in problems if not each.mended)
            self._say("interface.lost", "error", lacks=", ".join(lacks), reason=reason)

    def _is_well(self, now: float) -> None:
        if self._lost:  # somebody else gave it back
            self._restore(self._lost)
        if now >= self._tried_at + LONGEST_PAUSE:
            self._pause = Backoff(PAUSE, LONGEST_PAUSE)

    def _vanished(self) -> None:
        self._gone = True
        self._close_watch()
        self._say("interface.lost", "error", lacks="everything", reason="there is no interface of this name any more")

    def _close_watch(self) -> None:
        if self._watch:
            asyncio.get_running_loop().remove_reader(self._watch.fileno())
            self._watch.close()
            self._watch = None

    def _say(self, event: str, level: str, **fields: str) -> None:
        told = {name: value for name, value in fields.items() if value}
        self._note(event, {"interface": self._interface.name} | told, level)
