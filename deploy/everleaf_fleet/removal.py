"""A host leaves its fleet: the node goes from it, and the others forget it, by a reload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from everleaf.errors import UsageError
from everleaf_fleet import deploys
from everleaf_fleet.apply import change, run
from everleaf_fleet.events import Event, Outcome, Result
from everleaf_fleet.inventory import underlay
from everleaf_fleet.member import Member
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.model.graph import parts
from everleaf_fleet.plan import HostPlan, clean


def remove(fleet: Fleet, book: Book, name: str, found: Sequence[HostPlan], purge: bool) -> Iterator[Event]:
    """Remove a host, with its key if `purge`. `found` is the plan of all, as it is now. Raises UsageError.

    Others forget it even if it does not answer; then nothing is removed there.
    """
    rest = without(fleet, name)
    others = [one for one in found if one.host != name]
    clean([one for one in others if one.survey])
    yield from (Result(one.host, Outcome.UNREACHED, words=one.problem) for one in found if not one.survey)
    if any(one.host == name and one.survey for one in found):
        deploy = deploys.purge if purge else deploys.uninstall
        passed, failed = yield from run(deploy, [underlay(Member(fleet, book, name))])
        yield from (Result(host, Outcome.CHANGED, what) for host, what in passed.items())
        yield from (Result(host, Outcome.FAILED, words=words) for host, words in failed.items())
        if failed:
            return
    yield from change(rest, book.reopened(), others)


def without(fleet: Fleet, name: str) -> Fleet:
    """The fleet without a host. Raises UsageError where that would cut off others, or let everybody in."""
    rest = fleet.without(name)
    found = sorted(map(sorted, parts(rest)), key=len)
    if len(found) > 1:
        lonely = ", ".join(found[0])
        raise UsageError(
            f"without {name}, {lonely} cannot reach the rest of the fleet", fix="give it other peers first"
        )
    for other, host in rest.hosts.items():
        if fleet.hosts[other].allowed_keys and not host.allowed_keys:
            fix = f"change hosts.{other}.allowed_keys first"
            raise UsageError(f"{other} lets in only {name}, and would let in everybody without it", fix=fix)
    return rest
