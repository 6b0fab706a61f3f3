"""Bring hosts to what the fleet's file asks for, a batch at a time, and stop after the first in which one fails."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from everleaf_fleet import deploys
from everleaf_fleet.events import Begun, Event, Failed, Outcome, Passed, Result
from everleaf_fleet.inventory import Target, target
from everleaf_fleet.member import Member
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.order import batches
from everleaf_fleet.plan import HostPlan, plan
from everleaf_fleet.rollout import rollout

FAILURES = frozenset((Outcome.RETURNED, Outcome.CUT_OFF, Outcome.FAILED))
Failures = dict[str, str]  # by host: what it said


def apply(fleet: Fleet, book: Book, found: Sequence[HostPlan]) -> Iterator[Event]:
    """Change the hosts that differ, and those to whom a key is news that is made now. One Result for each of them all.

    Hosts that pass write the lock, as they do.
    """
    yield from (Result(one.host, Outcome.UNREACHED, words=one.problem) for one in found if not one.survey)
    unknown = [one.host for one in found if one.survey and one.host not in book.lock.hosts]
    _, failed = yield from run(deploys.keys, [target(Member(fleet, book, name)) for name in unknown])
    if failed:
        yield from (Result(name, Outcome.FAILED, words=words) for name, words in failed.items())
        yield from (Result(one.host, Outcome.UNTOUCHED) for one in found if one.survey and one.host not in failed)
        return
    yield from change(fleet, book.reopened(), found)


def change(fleet: Fleet, book: Book, found: Sequence[HostPlan]) -> Iterator[Event]:
    """The same, once all keys are made: of the hosts that answered, those that differ from what is asked for now."""
    now = [plan(fleet, book.lock, one.host, one.survey) for one in found if one.survey]
    yield from (Result(one.host, Outcome.UNCHANGED) for one in now if not one.differences)
    left = {one.host: one for one in now if one.differences}
    for batch in batches(fleet, list(left), _running(fleet, found)):
        passed, failed = yield from run(deploys.install, [_target(fleet, book, left.pop(name)) for name in batch])
        yield from (Result(name, Outcome.CHANGED if what else Outcome.UNCHANGED, what) for name, what in passed.items())
        if failed:
            yield from take_back(fleet, book, failed)
            yield from (Result(name, Outcome.UNTOUCHED) for name in left)
            return


def take_back(fleet: Fleet, book: Book, failed: Failures) -> Iterator[Event]:
    """Have hosts that failed return now, if they have not already; one Result for each."""
    if not fleet.upgrade.rollback:
        yield from (Result(name, Outcome.FAILED, words=words) for name, words in failed.items())
        return
    _, lost = yield from run(deploys.back, [target(Member(fleet, book, name)) for name in failed])
    seconds = ceil(fleet.upgrade.gate.within + fleet.upgrade.gate.slack)
    for name, words in failed.items():
        if name in lost:
            yield Result(name, Outcome.CUT_OFF, words=f"{words}; it returns by itself within {seconds} s")
        else:
            yield Result(name, Outcome.RETURNED, words=words)


def run(
    deploy: Callable[[], Any], targets: Sequence[Target]
) -> Generator[Event, None, tuple[Mapping[str, tuple[str, ...]], Failures]]:
    """Run a deploy, and return who passed, with what it changed there, and who failed."""
    names = tuple(data["everleaf"].name for _, data in targets)
    yield Begun(names)
    passed: dict[str, tuple[str, ...]] = {}
    failed: Failures = {}
    for event in rollout(deploy, targets):
        yield event
        match event:
            case Passed(host, changed):
                passed[host] = changed
            case Failed(host, reason):
                failed[host] = reason
    failed |= {name: "the deploy ended before it" for name in names if name not in passed and name not in failed}
    return passed, failed


def _target(fleet: Fleet, book: Book, one: HostPlan) -> Target:
    name, data = target(Member(fleet, book, one.host))
    return name, data | {"everleaf_restart": any(difference.restart for difference in one.differences)}


def _running(fleet: Fleet, found: Sequence[HostPlan]) -> Collection[str]:
    """Where a node runs, as far as is known: of hosts that were not asked, the best is believed."""
    asked = {one.host: bool(one.survey and one.survey.running) for one in found}
    return [name for name in fleet.hosts if asked.get(name, True)]
