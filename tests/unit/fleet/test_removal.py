"""What keeps a host from leaving its fleet, or a key from being another, before any host is asked."""

from __future__ import annotations

import pytest

from everleaf.errors import UnavailableError, UsageError
from everleaf_fleet.difference import Difference
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import Locked
from everleaf_fleet.model.reader import loads
from everleaf_fleet.plan import HostPlan
from everleaf_fleet.removal import remove, without
from everleaf_fleet.rotation import rotate
from everleaf_fleet.survey import Survey
from unit.fleet.test_blueprint import LOCK
from unit.fleet.test_reader import FLEET

EDITED = Difference("configuration", "/etc/everleaf/node.toml", "", "")
DOWN = Difference("peer", "tls://192.0.2.1:1", "up", "down")


def line(*names, **more):
    """Each dials the one before."""
    tables = ['fleet = {name = "lab", version = "1"}', 'defaults.listen = ["tls://[::]:9001"]']
    for before, name in zip([None, *names], names, strict=False):
        peers = f'peers = ["{before}"]' if before else ""
        tables.append(f'[hosts.{name}]\naddress = "{name}"\n{peers}\n{more.get(name, "")}')
    return loads("\n".join(tables).encode())


def test_fleet_without_a_host_does_not_name_it():
    fleet = loads(FLEET.encode())
    rest = without(fleet, "fra1")
    assert list(rest.hosts) == ["fra2", "obsd1"]
    assert (rest.hosts["fra2"].peers, rest.hosts["obsd1"].allowed_keys) == (("obsd1",), ("fra2", "phone"))


def test_host_that_carries_the_only_way_stays():
    with pytest.raises(UsageError, match="without b, a cannot reach the rest of the fleet; give it other peers first"):
        without(line("a", "b", "c"), "b")


def test_host_that_alone_is_let_in_stays():
    fleet = line("a", "b", "c", b='allowed_keys = ["c"]')
    with pytest.raises(UsageError, match="b lets in only c, and would let in everybody without it"):
        without(fleet, "c")


def test_last_host_may_go():
    assert without(line("a"), "a").hosts == {}


def refused(events):
    with pytest.raises((UsageError, UnavailableError)) as refusal:
        next(events)
    return str(refusal.value)


def plans(fleet, **said):
    """All answered and as they should be, but for these."""
    return [HostPlan(name, Survey(), **said.get(name, {})) for name in fleet.hosts]


def test_nobody_is_changed_in_something_else_by_the_way():
    fleet = loads(FLEET.encode())
    found = plans(fleet, fra2={"differences": (EDITED,)})
    words = "the file asks for something else on fra2; look at it with everleaf-fleet plan, and apply it first"
    assert refused(rotate(fleet, Book(None, LOCK), "fra1", found)) == words
    assert refused(remove(fleet, Book(None, LOCK), "fra1", found, purge=False)) == words


def test_peer_that_is_down_keeps_nobody_from_forgetting_it():
    fleet = line("a", "b")
    gone = [HostPlan("a", problem="no answer"), HostPlan("b", Survey(), (DOWN,))]
    event = next(remove(fleet, Book(None), "a", gone, purge=False))
    assert (event.host, event.words) == ("a", "no answer")


def test_key_is_not_rotated_before_there_is_one():
    fleet = line("a", "b")
    assert refused(rotate(fleet, Book(None), "a", plans(fleet))) == "a has no key yet; run: everleaf-fleet apply"


def test_key_is_not_rotated_while_somebody_who_names_the_host_cannot_hear_of_it():
    fleet = loads(FLEET.encode())
    found = [one if one.host != "obsd1" else HostPlan("obsd1", problem="no answer") for one in plans(fleet)]
    assert refused(rotate(fleet, Book(None, LOCK), "fra1", found)).startswith("obsd1 cannot learn of a new key")


def test_rotation_that_was_interrupted_goes_on_although_others_differ():
    fleet = loads(FLEET.encode())
    waiting = LOCK.with_host("fra1", Locked(LOCK.hosts["fra1"].public_key, next_key="d4" * 32))
    found = plans(fleet, fra2={"differences": (EDITED,)})
    assert next(rotate(fleet, Book(None, waiting), "fra1", found)).hosts == ("fra1",)
