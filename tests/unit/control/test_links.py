from __future__ import annotations

from collections import Counter
from itertools import pairwise
from unittest.mock import ANY

import pytest

from everleaf import _core
from everleaf.control import incoming
from everleaf.control import links as limits
from everleaf.control.effects import Admit, Dial, DialLater, DropLink, Note, SendGreeting
from everleaf.control.greeting import Greeter
from everleaf.control.links import GREETING_TIMEOUT, MAX_LINKS_PER_KEY, LinkError, Links
from everleaf.control.redial import LASTING
from everleaf.uri import LinkURI

OURS, PEER, OTHER = (_core.Identity(name.ljust(32)) for name in (b"ours", b"peer", b"other"))
DAY = 86400.0  # seconds
URI = LinkURI.parse("tls://192.0.2.1:9001")
LISTENER = LinkURI.parse("tls://[::]:9001", listen=True)
REMOTE = "tls://198.51.100.1:%d"


def links_of(*, allowed: frozenset[bytes] = frozenset(), chance: float = 0.0) -> Links:
    return Links(OURS, _core, allowed, lambda: chance)


def greeting(identity: _core.Identity = PEER, uri: LinkURI = URI) -> bytes:
    return Greeter(identity, _core).greet(uri)


def without_notes(effects) -> list:
    return [effect for effect in effects if not isinstance(effect, (Note, DialLater))]


def notes(effects) -> list[str]:
    return [effect.event for effect in effects if isinstance(effect, Note)]


def dial_times(links: Links, dial: Dial, until: float, now: float = 0.0) -> list[float]:
    """When the one peer, which can never be reached, is dialled again: a clock that only `DialLater` moves."""
    times: list[float] = []
    effects = links.dial_waiting(now) or links.dial_failed(now, dial.peer, "refused")
    while now < until:
        if dial in effects:
            times.append(now)
            effects = links.dial_failed(now, dial.peer, "refused")
        (now,) = (effect.at for effect in effects if isinstance(effect, DialLater))
        effects = links.dial_waiting(now)
    return times


def wait_after_absence(links: Links, uri: LinkURI, seconds: float) -> float:
    """How long a peer waits that was not found at the beginning nor now."""
    (dial,) = links.add_peer(0.0, uri)
    links.dial_failed(0.0, dial.peer, "refused")
    assert links.retry(seconds) == [dial]
    (later,) = links.dial_failed(seconds, dial.peer, "refused")
    return later.at - seconds


def connect(links: Links, now: float = 0.0, uri: LinkURI = URI, link: int = 1, identity: _core.Identity = PEER) -> list:
    """Dial out, all the way; what the greeting led to."""
    (dial,) = links.add_peer(now, uri)
    links.dialled(now, dial.peer, link)
    links.ready(now, link, b"")
    return links.greeting(now, link, greeting(identity, uri))


def accept(links: Links, now: float = 0.0, link: int = 10, identity: _core.Identity = PEER) -> list:
    """Be dialled, all the way; what the greeting led to."""
    dropped = links.accepted(now, link, REMOTE % link, LISTENER)
    if dropped:
        return dropped
    links.ready(now, link, b"")
    return links.greeting(now, link, greeting(identity, LISTENER))


# --- dialling --------------------------------------------------------------------------------------------------------


def test_peer_is_dialled_at_once_greeted_and_admitted():
    links = links_of()
    assert links.add_peer(0.0, URI, "eth0") == [Dial(1, URI, "eth0")]
    assert links.dialled(1.0, 1, 5) == []
    assert links.ready(1.5, 5, b"") == [SendGreeting(5, greeting(OURS))]
    assert without_notes(links.greeting(2.0, 5, greeting())) == [Admit(5, PEER.public, 0)]
    (view,) = links.view()
    assert (view.remote, view.up, view.inbound, view.key, view.link, view.since, view.interface) == (
        "tls://192.0.2.1:9001",
        True,
        False,
        PEER.public,
        5,
        2.0,
        "eth0",
    )


def test_peer_that_begins_to_listen_is_dialled_within_a_second():
    links = links_of()
    (dial,) = links.add_peer(0.0, URI)
    times = [0.0, *dial_times(links, dial, 60.0)]
    assert max(later - earlier for earlier, later in pairwise(times)) <= 0.85


@pytest.mark.parametrize("minutes", [1, 8, 1440])
@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_peer_that_comes_back_is_dialled_within_two_seconds(minutes, chance):
    """However the links's end and its return fall between the redials."""
    links = links_of(chance=chance)
    connect(links)
    links.closed(100.0, 1, "closed by the peer")
    times = dial_times(links, Dial(1, URI), 100.0 + 60 * minutes, 100.0)
    assert max(later - earlier for earlier, later in pairwise([100.0, *times])) <= 2.0


def test_peer_that_stays_away_for_days_is_dialled_ever_more_seldom():
    links = links_of()
    (dial,) = links.add_peer(0.0, URI)
    times = dial_times(links, dial, 10 * DAY)
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) < 160_000
    assert all(wait <= 1.8 * max(1.0, at / DAY) + 1e-6 for at, wait in zip(times, waits, strict=False))
    assert waits[-1] > 17


def test_peer_whose_host_is_silent_is_dialled_again_when_that_is_known():
    """What the kernel sends during the dial comes at growing distances, so a pause on top would be too long."""
    links = links_of()
    (dial,) = links.add_peer(0.0, URI)
    for now in (5.0, 10.0, 600.0, 605.0):
        assert links.dial_failed(now, dial.peer, "no answer in 5 s")[-1] == DialLater(now)
        assert links.dial_waiting(now) == [dial]
    (later,) = links.dial_failed(605.5, dial.peer, "no answer in 5 s")
    assert later == DialLater(pytest.approx(606.8))


def test_redial_waits_no_longer_than_4096_seconds():
    assert wait_after_absence(links_of(), URI, 1e9) == 4096.0


def test_redial_waits_no_longer_than_maxbackoff():
    assert wait_after_absence(links_of(), LinkURI.parse("tcp://192.0.2.1:1?maxbackoff=5s"), 1e8) == 5.0


@pytest.mark.parametrize(("chances", "most"), [([0.0] * 100, 100), ([n / 100 for n in range(100)], 20)])
def test_fleet_that_lost_its_hub_does_not_come_back_in_one_moment(chances, most):
    """Without chance, as in the reference, all that failed together dial together for ever."""
    dialled = Counter(int(10 * wait_after_absence(links_of(chance=chance), URI, 3600.0)) for chance in chances)
    assert dialled.total() == len(chances)
    assert max(dialled.values()) <= most
    assert (len(dialled) == 1) == (most == len(chances))


def test_peer_that_refuses_is_dialled_after_twice_the_wait_each_time():
    links = links_of()
    (dial,) = links.add_peer(0.0, URI)
    waits = []
    for number in range(15):
        links.dialled(0.0, dial.peer, number)
        (*_, later) = links.closed(0.0, number, "closed by the peer")
        waits.append(later.at)
        links.retry(0.0)
    assert waits == pytest.approx([min(0.8 * 2**n, 4096.0) for n in range(15)])


def test_links_that_do_not_last_come_at_growing_distances_of_ten_seconds_at_most():
    links = links_of()
    waits = []
    (dial,) = links.add_peer(0.0, URI)
    for number, lasted in enumerate([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, LASTING, 1.0]):
        links.dialled(0.0, dial.peer, number)
        links.greeting(0.0, number, greeting())
        (*_, later) = links.closed(lasted, number, "closed by the peer")
        waits.append(later.at - lasted)
        links.retry(0.0)
    assert waits == pytest.approx([0.8, 1.6, 3.2, 6.4, LASTING, LASTING, 0.8, 1.6])


def test_link_that_was_up_is_redialled_as_if_for_the_first_time():
    links = links_of()
    assert wait_after_absence(links, URI, 3600.0) == pytest.approx(1.8)
    links.retry(3600.0)
    links.dialled(3600.0, 1, 1)
    links.greeting(3600.0, 1, greeting())
    down, later = links.closed(3700.0, 1, "silent for 3 s")
    assert (down.event, later) == ("link.down", DialLater(3700.8))
    assert links.dial_waiting(3700.7) == [later]
    assert links.dial_waiting(3700.8) == [Dial(1, URI)]
    links.dial_failed(3700.8, 1, "refused")
    assert links.dial_waiting(3701.0) == [DialLater(pytest.approx(3701.6))]
    (view,) = links.view()
    assert (view.up, view.key, view.link) == (False, b"", None)


def test_news_of_the_network_end_a_long_wait_but_not_all_the_time():
    links = links_of()
    away = 20 * DAY
    wait_after_absence(links, URI, away)
    assert links.network_changed(away + 5.0) == [DialLater(away + 10.0)]  # ten seconds after the last dial
    assert links.network_changed(away + 11.0) == [Dial(1, URI)]
    assert links.network_changed(away + 12.0) == []  # it is being dialled
    links.dial_failed(away + 12.0, 1, "no route")
    assert links.network_changed(away + 13.0) == [DialLater(away + 21.0)]


def test_news_of_the_network_leave_alone_what_only_a_retry_can_mend():
    links = links_of()
    connect(links, identity=OURS)
    assert links.network_changed(100.0) == []


def test_failure_is_said_once_and_shown_until_success():
    links = links_of()
    (dial,) = links.add_peer(0.0, URI)
    assert notes(links.dial_failed(1.0, dial.peer, "refused")) == ["peer.failed"]
    assert notes(links.dial_failed(3.0, dial.peer, "refused")) == []
    assert notes(links.dial_failed(7.0, dial.peer, "no route")) == ["peer.failed"]
    assert [(view.last_error, view.last_error_at) for view in links.view()] == [("no route", 7.0)]
    links.retry(8.0)
    links.dialled(8.0, dial.peer, 1)
    links.greeting(8.0, 1, greeting())
    assert [view.last_error for view in links.view()] == [""]


def test_retry_ends_the_wait_of_those_who_wait():
    links = links_of()
    connect(links)
    (waiting,) = links.add_peer(0.0, LinkURI.parse("tcp://192.0.2.2:1"))
    links.add_peer(0.0, LinkURI.parse("tcp://192.0.2.3:1"))
    links.dial_failed(0.0, waiting.peer, "refused")
    assert links.retry(0.5) == [waiting]


def test_peer_that_is_ourselves_rests_until_a_retry():
    links = links_of()
    effects = connect(links, identity=OURS)
    assert without_notes(effects) == [DropLink(1, "node cannot connect to self")]
    assert links.dial_waiting(1e9) == []
    assert links.view()[0].last_error == "node cannot connect to self"
    assert links.retry(10000.0) == [Dial(1, URI)]


def test_own_drop_is_not_counted_twice_when_the_core_reports_it():
    links = links_of()
    connect(links, uri=LinkURI.parse("tls://192.0.2.1:9001?key=" + OTHER.public.hex()))
    assert links.closed(0.0, 1, "dropped") == []
    assert links.dial_waiting(0.5) == [DialLater(0.8)]


# --- adding and removing ---------------------------------------------------------------------------------------------


def test_peer_is_not_added_twice_but_dialled_soon():
    links = links_of()
    (dial,) = links.add_peer(0.0, URI)
    links.dial_failed(0.0, dial.peer, "refused")
    with pytest.raises(LinkError, match=r"^peer is already configured$"):
        links.add_peer(0.5, LinkURI.parse("tls://192.0.2.1:9001?priority=3"))
    assert links.tick(1.0) == [dial]


def test_peer_on_another_interface_is_another_peer():
    links = links_of()
    links.add_peer(0.0, URI)
    assert links.add_peer(0.0, URI, "eth0") == [Dial(2, URI, "eth0")]


def test_peer_of_a_later_release_is_not_added():
    with pytest.raises(LinkError, match="quic links are not supported yet"):
        links_of().add_peer(0.0, LinkURI.parse("quic://192.0.2.1:1"))


def test_unknown_peer_cannot_be_removed():
    with pytest.raises(LinkError, match=r"^peer is not configured$"):
        links_of().remove_peer(0.0, URI)


def test_removed_peer_loses_its_link_and_is_not_redialled():
    links = links_of()
    connect(links)
    assert without_notes(links.remove_peer(1.0, URI)) == [DropLink(1, "removed")]
    assert links.closed(1.0, 1, "removed") == []
    assert (links.dial_waiting(1e9), links.view()) == ([], [])


def test_peer_removed_while_it_was_dialled_is_dropped():
    links = links_of()
    (dial,) = links.add_peer(0.0, URI)
    assert links.remove_peer(0.5, URI) == []
    assert links.dialled(1.0, dial.peer, 1) == [DropLink(1, "removed")]
    assert links.dial_failed(1.0, dial.peer, "refused") == []


KEYS = f"key={PEER.public.hex()}&key={OTHER.public.hex()}"


@pytest.mark.parametrize(
    ("before", "after", "stays"),
    [
        ("", KEYS, True),
        (KEYS, f"key={PEER.public.hex()}", True),
        (KEYS, f"key={OTHER.public.hex()}", False),
        (KEYS, "", True),
        ("", "maxbackoff=30s", True),
        ("", "priority=3", False),
        ("", "sni=example.org", False),
    ],
)
def test_link_stays_when_it_could_be_made_with_the_new_parameters(before, after, stays):
    links = links_of()
    connect(links, uri=LinkURI.parse(f"{URI.text}?{before}"))
    new = LinkURI.parse(f"{URI.text}?{after}")
    effects = without_notes(links.change_peer(1.0, new))
    assert effects == ([] if stays else [DropLink(1, "removed"), Dial(2, new, "")])


def test_changed_parameters_count_for_a_greeting_that_is_under_way_and_for_the_next_dial():
    links = links_of()
    (dial,) = links.add_peer(0.0, URI)
    links.dialled(0.0, dial.peer, 1)
    new = LinkURI.parse(f"{URI.text}?key={OTHER.public.hex()}")
    assert links.change_peer(0.5, new) == []
    assert without_notes(links.greeting(1.0, 1, greeting())) == [DropLink(1, ANY)]
    assert links.tick(10.0) == [Dial(dial.peer, new, "")]


def test_unknown_peer_cannot_be_changed():
    with pytest.raises(LinkError, match=r"^peer is not configured$"):
        links_of().change_peer(0.0, URI)


def test_incoming_link_is_removed_by_its_name():
    links = links_of()
    accept(links)
    named = LinkURI.parse(REMOTE % 10)
    assert without_notes(links.remove_peer(1.0, named)) == [DropLink(10, "removed")]


# --- incoming --------------------------------------------------------------------------------------------------------


def test_incoming_link_is_greeted_and_admitted():
    links = links_of()
    assert links.accepted(0.0, 10, REMOTE % 10, LISTENER) == []
    assert links.ready(0.0, 10, b"") == [SendGreeting(10, greeting(OURS))]
    assert links.view() == []
    assert without_notes(links.greeting(0.0, 10, greeting())) == [Admit(10, PEER.public, 0)]
    (view,) = links.view()
    assert (view.remote, view.inbound, view.key) == (REMOTE % 10, True, PEER.public)
    assert notes(links.closed(1.0, 10, "end of stream")) == ["link.down"]
    assert links.view() == []


@pytest.mark.parametrize(("ours", "theirs", "effective"), [(0, 0, 0), (3, 1, 3), (1, 200, 200)])
def test_priority_is_the_higher_of_both_sides(ours, theirs, effective):
    links = links_of()
    links.accepted(0.0, 10, REMOTE % 10, LinkURI.parse(f"tcp://[::]:1?priority={ours}", listen=True))
    effects = links.greeting(0.0, 10, greeting(uri=LinkURI.parse(f"tcp://[::1]:1?priority={theirs}")))
    assert without_notes(effects) == [Admit(10, PEER.public, effective)]


class OnePerAddress(Links):
    """The reference's rule: unix clients, which have no address, are one."""

    def accepted(self, now, link, remote, listener):
        if any(other.remote == remote for other in self._links.values()):
            return [DropLink(link, "already connected")]
        return super().accepted(now, link, remote, listener)


@pytest.mark.parametrize(("kind", "admitted"), [(OnePerAddress, 1), (Links, 2)])
def test_two_links_from_one_address_are_both_admitted(kind, admitted):
    links = kind(OURS, _core, frozenset(), lambda: 0.0)
    effects = []
    for link in (10, 11):
        effects += links.accepted(0.0, link, "unix://", LinkURI.parse("unix:///run/x", listen=True))
        effects += links.greeting(0.0, link, greeting())
    assert sum(isinstance(effect, Admit) for effect in effects) == admitted


@pytest.mark.parametrize("named", [True, False])
def test_link_that_does_not_greet_in_six_seconds_is_dropped(named):
    links = links_of()
    links.accepted(0.0, 10, REMOTE % 10, LISTENER)
    if named:
        links.ready(1.0, 10, b"")
    assert links.tick(GREETING_TIMEOUT - 0.1) == []
    assert without_notes(links.tick(GREETING_TIMEOUT)) == [DropLink(10, "it did not greet in time")]
    assert links.counters()["greetings_late"] == 1


def test_admitted_link_outlives_the_deadline():
    links = links_of()
    accept(links)
    assert links.tick(GREETING_TIMEOUT + 1) == []


def test_events_of_unknown_links_are_ignored():
    links = links_of()
    assert links.ready(0.0, 9, b"") + links.greeting(0.0, 9, greeting()) + links.closed(0.0, 9, "end") == []


def test_second_greeting_is_ignored():
    links = links_of()
    accept(links)
    assert links.greeting(0.0, 10, greeting(OTHER)) == []


def test_bad_peer_is_said_once_an_hour():
    links = links_of()
    said = []
    for minute in range(61):
        links.tick(60.0 * minute)
        links.accepted(60.0 * minute, minute, f"tcp://198.51.100.1:{minute}", LISTENER)
        effects = links.greeting(60.0 * minute, minute, b"GET / HTTP/1.1")
        assert without_notes(effects)
        said += [minute] * len(notes(effects))
    assert said == [0, 60]
    assert links.counters()["greetings_refused"] == 61


def test_incoming_link_of_ourselves_is_dropped():
    (dropped,) = without_notes(accept(links_of(), identity=OURS))
    assert dropped == DropLink(10, "node cannot connect to self")


def test_only_allowed_keys_come_in():
    links = links_of(allowed=frozenset({PEER.public}))
    assert Admit(10, PEER.public, 0) in accept(links, identity=PEER)
    assert isinstance(accept(links, link=11, identity=OTHER)[-1], DropLink)


def test_allowed_keys_do_not_limit_whom_we_dial():
    links = links_of(allowed=frozenset({OTHER.public}))
    assert Admit(1, PEER.public, 0) in connect(links)


def test_new_allowed_keys_close_links_that_are_not_among_them():
    links = links_of()
    connect(links)
    accept(links, link=10, identity=PEER)
    accept(links, link=11, identity=OTHER)
    assert links.set_allowed(frozenset()) == []
    dropped = without_notes(links.set_allowed(frozenset({OTHER.public})))
    assert dropped == [DropLink(10, "its key is no longer allowed")]


# --- certificates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("certificate", "said"), [(b"", 0), (PEER.public, 0), (OTHER.public, 1)])
def test_certificate_of_another_key_is_a_warning_only(certificate, said):
    links = links_of()
    (dial,) = links.add_peer(0.0, URI)
    links.dialled(0.0, dial.peer, 1)
    links.ready(0.0, 1, certificate)
    effects = links.greeting(0.0, 1, greeting())
    assert notes(effects).count("link.certificate_differs") == said == links.counters()["certificates_of_others"]
    assert Admit(1, PEER.public, 0) in effects


# --- limits ----------------------------------------------------------------------------------------------------------


def come(links: Links, link: int, host: str, identity: _core.Identity | None = None) -> list:
    """Be dialled from a host, and greeted if there is an identity."""
    effects = links.accepted(0.0, link, f"tls://{host}:{link}", LISTENER)
    if identity:
        effects += links.greeting(0.0, link, greeting(identity, LISTENER))
    return [effect for effect in effects if isinstance(effect, DropLink)]


def test_silent_host_loses_its_oldest_link_and_others_still_come_in(monkeypatch):
    monkeypatch.setattr(incoming, "MAX_GREETINGS", 3)
    links = links_of()
    for link in (1, 2, 3):
        assert come(links, link, "198.51.100.1") == []
    assert come(links, 4, "198.51.100.2") == [DropLink(1, "too many incoming links")]
    assert come(links, 5, "198.51.100.1") == [DropLink(2, "too many incoming links")]
    assert links.counters()["links_limited"] == 2


def test_host_with_most_links_loses_its_newest_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(incoming, "MAX_INCOMING", 3)
    links = links_of()
    for link in (1, 2, 3):
        assert come(links, link, "198.51.100.1", PEER) == []
    assert come(links, 4, "198.51.100.2", OTHER) == [DropLink(3, "too many incoming links")]
    assert come(links, 5, "198.51.100.1") == [DropLink(5, "too many incoming links")]
    assert links.counters()["links_limited"] == 2


def test_one_ipv6_site_counts_as_one_host(monkeypatch):
    monkeypatch.setattr(incoming, "MAX_GREETINGS", 3)
    links = links_of()
    for link, host in enumerate(["[2001:db8:0:2::1]", "[2001:db8:0:1::1]", "[2001:db8:0:1:ff::2]"]):
        assert come(links, link, host) == []
    assert come(links, 4, "[fe80::1%25eth0]") == [DropLink(1, "too many incoming links")]


def test_links_that_come_and_go_fill_no_log():
    links = links_of()
    levels = []
    for link in range(100):
        effects = [*accept(links, link=link), *links.closed(0.0, link, "closed by the peer")]
        levels += [effect.level for effect in effects if isinstance(effect, Note)]
    assert levels == ["info"] * 16 + ["debug"] * 184


def test_link_that_ends_before_its_greeting_is_said_once_and_counted():
    links = links_of()
    said = []
    for link in (1, 2):
        links.accepted(0.0, link, REMOTE % link, LISTENER)
        said += notes(links.closed(0.0, link, "not a greeting"))
    assert said == ["peer.refused"]
    assert links.counters()["greetings_missing"] == 2


def test_links_of_one_key_are_limited():
    links = links_of()
    for link in range(MAX_LINKS_PER_KEY):
        assert Admit(link, PEER.public, 0) in accept(links, link=link)
    assert isinstance(accept(links, link=100)[-1], DropLink)
    assert Admit(101, OTHER.public, 0) in accept(links, link=101, identity=OTHER)
    assert Admit(102, PEER.public, 0) in connect(links, link=102)


def test_links_in_the_name_of_a_peer_do_not_keep_it_out():
    """A greeting that somebody recorded is as good as the peer's own."""
    links = links_of()
    for link in range(MAX_LINKS_PER_KEY):
        assert Admit(link, PEER.public, 0) in accept(links, link=link)
    links.accepted(0.0, 100, "tls://203.0.113.1:9", LISTENER)
    assert Admit(100, PEER.public, 0) in links.greeting(0.0, 100, greeting(PEER, LISTENER))


def test_remembered_bad_peers_are_limited(monkeypatch):
    monkeypatch.setattr(limits, "MAX_BAD_PEERS", 1)
    links = links_of()
    for link in (1, 2):
        links.accepted(0.0, link, f"tcp://198.51.100.{link}:1", LISTENER)
        links.greeting(0.0, link, b"")
    assert links.counters()["bad_peers_evicted"] == 1
