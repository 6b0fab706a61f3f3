"""What differs on every host of a fleet. All are asked at once, and those that do not answer are told as such."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import file_digest
from pathlib import Path

from everleaf.errors import UnavailableError, UsageError
from everleaf.platform import platform
from everleaf_fleet import channel
from everleaf_fleet.blueprint import blueprint
from everleaf_fleet.difference import Difference, differences
from everleaf_fleet.events import Answer
from everleaf_fleet.facts.survey import survey
from everleaf_fleet.inventory import target
from everleaf_fleet.member import Member
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.model.lock import Lock
from everleaf_fleet.rollout import ask
from everleaf_fleet.survey import Survey

_ON_DISK = frozenset(("program", "service file", "configuration"))


@dataclass(frozen=True, slots=True)
class HostPlan:
    """One host: what it said, and what that differs in; or why it said nothing."""

    host: str
    survey: Survey | None = None
    differences: tuple[Difference, ...] = ()
    problem: str = ""


def plans(fleet: Fleet, book: Book, names: Iterable[str]) -> Iterator[HostPlan]:
    """The plan of every host, as they answer."""
    asked = []
    for name in names:
        member = Member(fleet, book, name)
        if member.by_hand:
            yield HostPlan(name, problem=member.by_hand)
        else:
            asked.append(target(member))
    for event in ask(survey, asked):
        if isinstance(event, Answer):
            yield plan(fleet, book.lock, event.host, event.said)
        else:
            yield HostPlan(event.host, problem=event.reason)


def plan(fleet: Fleet, lock: Lock, name: str, said: Survey) -> HostPlan:
    """What a survey differs in from what the files ask for now."""
    try:
        made = blueprint(fleet, lock, name)
    except UnavailableError as error:  # keys that are still to be made
        path = platform(fleet.hosts[name].platform).config
        return HostPlan(name, said, (Difference("configuration", path, "known", str(error)),))
    return HostPlan(name, said, differences(made, said, _wanted_program(fleet, name, said.machine)))


def clean(found: Sequence[HostPlan]) -> None:
    """Refuse hosts whose files differ from what is asked for already: that would be changed, too. Raises UsageError."""
    differ = [one.host for one in found if any(difference.what in _ON_DISK for difference in one.differences)]
    if differ:
        fix = "look at it with everleaf-fleet plan, and apply it first"
        raise UsageError(f"the file asks for something else on {', '.join(differ)}", fix=fix)


def _wanted_program(fleet: Fleet, name: str, machine: str) -> str:
    """The checksum of the program for a host; "" where the channel has none, which a deploy will complain about.

    Raises UntrustedError when what it has must not be used.
    """
    try:
        return _sha256(channel.program(fleet, platform(fleet.hosts[name].platform), machine))
    except UnavailableError:
        return ""


@cache
def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
