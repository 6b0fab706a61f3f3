"""Another key for a host, while it and all others stay reachable.

The new key is made on the host; whoever names the host lets both in; the host takes the new one; the old one is dropped
everywhere. Each step can be repeated, and the lock says how far it has come: the next `rotate` goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from everleaf.errors import UnavailableError, UsageError
from everleaf.platform import WINDOWS
from everleaf_fleet import deploys
from everleaf_fleet.apply import FAILURES, change, run, take_back
from everleaf_fleet.events import Event, Outcome, Result
from everleaf_fleet.inventory import underlay
from everleaf_fleet.member import Member
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.plan import HostPlan, clean, plans


def rotate(fleet: Fleet, book: Book, name: str, found: Sequence[HostPlan]) -> Iterator[Event]:
    """Rotate the key of a host. `found` is the plan of all, as it is now. Raises UsageError, UnavailableError."""
    _judge(fleet, book, name, found)
    yield from (Result(one.host, Outcome.UNREACHED, words=one.problem) for one in found if not one.survey)
    for deploy in (deploys.successor, deploys.succession):
        passed, failed = yield from run(deploy, [underlay(Member(fleet, book, name))])
        if failed:
            yield from take_back(fleet, book, failed)
            return
        yield Result(name, Outcome.CHANGED if passed[name] else Outcome.UNCHANGED, passed[name])
        book = book.reopened()
        for event in change(fleet, book, list(plans(fleet, book, fleet.hosts))):
            yield event
            if isinstance(event, Result) and event.outcome in FAILURES:
                failed[event.host] = event.words
        if failed:
            return


def _judge(fleet: Fleet, book: Book, name: str, found: Sequence[HostPlan]) -> None:
    """Refuse what would cut somebody off, or would change what was not asked for."""
    known = book.lock.hosts.get(name)
    if Member(fleet, book, name).home.system == WINDOWS:
        fix = f"delete hosts.{name} from the lock and the key from {name}, and apply again: it is cut off meanwhile"
        raise UsageError(f"the key of {name} cannot be rotated, for it runs Windows", fix=fix)
    if not known:
        raise UsageError(f"{name} has no key yet", fix="run: everleaf-fleet apply")
    silent = [one.host for one in found if not one.survey and (one.host == name or _names(fleet, one.host, name))]
    if silent:
        fix = f"rotate when {name} and all that name it answer"
        raise UnavailableError(f"{', '.join(silent)} cannot learn of a new key: no answer", fix=fix)
    if not known.next_key:
        clean(found)


def _names(fleet: Fleet, host: str, other: str) -> bool:
    return other in (*fleet.hosts[host].peers, *fleet.hosts[host].allowed_keys)
