from __future__ import annotations

import struct

import pytest

from everleaf import _core
from everleaf.address import address_of, key_of_address, key_of_subnet, subnet_of
from everleaf.control import resolver as limits
from everleaf.control.backoff import Backoff
from everleaf.control.effects import WritePacket
from everleaf.control.handoff import Lookup, WriteMessage
from everleaf.control.resolver import KNOWN_FOR, MTU_WITHOUT_TUN, ROOM_LIFETIME, Resolver
from everleaf.control.waiting import PATIENCE, WaitingRoom
from unit.control.reference_sessions import NewestOnly
from vectors.captured import NODE

OURS, PEER, OTHER = (_core.Identity(name.ljust(32)).public for name in (b"ours", b"peer", b"other"))
HERE, THERE = address_of(OURS), address_of(PEER)
LAN = subnet_of(PEER) + bytes(7) + b"\x05"  # somebody in the peer's /64
UDP, ICMPV6 = 17, 58
UNREACHABLE, TOO_BIG, ECHO = 1, 2, 128


def ipv6(source: bytes, dest: bytes, payload: bytes = b"payload", header: int = UDP) -> bytes:
    return struct.pack(">IHBB", 6 << 28, len(payload), header, 64) + source + dest + payload


def carried(packet: bytes, key: bytes = PEER) -> WriteMessage:
    return WriteMessage(key, b"\x01" + packet)


class ReferenceResolver(Resolver):
    """Says nothing to the local host, knows no prefix of its own as a destination, and believes the newest key."""

    def path_found(self, now, key):
        for place in (address_of(key), limits.subnet_of(key)):
            self._places.pop(place, None)
        return super().path_found(now, key)

    def _reject(self, now, packet, counter, reason):  # noqa: ARG002
        return []

    def _ours(self, address):
        return address == self._address


class Eager(Backoff):
    """Never waits."""

    def ready(self, now):  # noqa: ARG002
        return True


def icmp_error(effects) -> tuple[int, int]:
    """Type and code of the one ICMPv6 error among the effects; it must go from us to whom the packet came from."""
    (effect,) = effects
    assert isinstance(effect, WritePacket)
    assert effect.packet[8:24] == HERE
    return effect.packet[40], effect.packet[41]


@pytest.fixture
def resolver() -> Resolver:
    return Resolver(OURS, 1500)


@pytest.fixture
def knowing(resolver: Resolver) -> Resolver:
    assert resolver.path_found(0.0, PEER) == []
    return resolver


# --- the way out -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dest", [THERE, LAN])
@pytest.mark.parametrize("source", [HERE, subnet_of(OURS) + b"\x01" * 8])
def test_packet_to_a_known_place_goes_to_its_key(knowing, source, dest):
    packet = ipv6(source, dest)
    assert knowing.packet(1.0, packet) == [carried(packet)]


@pytest.mark.parametrize(("dest", "partial"), [(THERE, key_of_address(THERE)), (LAN, key_of_subnet(LAN))])
def test_packet_to_an_unknown_place_waits_for_a_lookup(resolver, dest, partial):
    packets = [ipv6(HERE, dest, bytes((number,))) for number in range(3)]
    assert resolver.packet(0.0, packets[0]) == [Lookup(partial)]
    assert resolver.packet(0.0, packets[1]) == []
    assert resolver.packet(0.1, packets[2]) == []
    assert resolver.path_found(0.2, PEER) == [carried(packet) for packet in packets]
    assert resolver.path_found(0.3, PEER) == []


def test_packets_for_address_and_subnet_wait_apart_and_leave_together(resolver):
    one, two = ipv6(HERE, THERE), ipv6(HERE, LAN)
    resolver.packet(0.0, one)
    resolver.packet(0.0, two)
    assert resolver.path_found(0.2, PEER) == [carried(one), carried(two)]


def test_path_to_another_key_frees_nobody(resolver):
    resolver.packet(0.0, ipv6(HERE, THERE))
    assert resolver.path_found(0.2, OTHER) == []


def test_lookups_are_repeated_while_a_packet_waits_and_back_off(resolver):
    seconds = []
    for second in range(30):
        effects = resolver.packet(float(second), ipv6(HERE, THERE)) + resolver.tick(float(second))
        seconds += [second for effect in effects if isinstance(effect, Lookup)]
    assert seconds == [0, 1, 2, 4, 8, 13, 18, 23, 28]


@pytest.mark.parametrize(("backoff", "lookups"), [(Eager, 100), (Backoff, 5)])
def test_packets_to_an_unknown_place_cause_few_lookups(monkeypatch, backoff, lookups):
    """With the reference every packet is a lookup through the network."""
    monkeypatch.setattr(limits, "Backoff", backoff)
    resolver = Resolver(OURS, 1500)
    effects = [effect for n in range(100) for effect in resolver.packet(n / 10, ipv6(HERE, THERE))]
    assert effects == [Lookup(key_of_address(THERE))] * lookups


@pytest.mark.parametrize(("room", "left"), [(NewestOnly, [b"c"]), (WaitingRoom, [b"a", b"b", b"c"])])
def test_first_packets_to_an_unknown_place_are_not_lost(monkeypatch, room, left):
    monkeypatch.setattr(limits, "WaitingRoom", room)
    resolver = Resolver(OURS, 1500)
    for content in (b"a", b"b", b"c"):
        resolver.packet(0.0, ipv6(HERE, THERE, content))
    assert resolver.path_found(0.2, PEER) == [carried(ipv6(HERE, THERE, content)) for content in left]


def test_lone_packet_is_looked_up_again_without_another(resolver):
    resolver.packet(0.0, ipv6(HERE, THERE))
    assert resolver.tick(1.0) == [Lookup(key_of_address(THERE))]


def test_traffic_from_a_key_makes_its_address_known(resolver):
    packet = ipv6(HERE, THERE)
    resolver.packet(0.0, packet)
    assert resolver.activity(1.0, [(PEER, 100, 0)]) == [carried(packet)]


def test_key_is_forgotten_two_minutes_after_its_last_traffic(knowing):
    packet = ipv6(HERE, THERE)
    knowing.activity(100.0, [(PEER, 0, 100)])
    knowing.tick(KNOWN_FOR + 50)
    assert knowing.packet(KNOWN_FOR + 50, packet) == [carried(packet)]
    knowing.tick(2 * KNOWN_FOR + 51)
    assert knowing.packet(2 * KNOWN_FOR + 51, packet) == [Lookup(key_of_address(THERE))]


def test_newcomer_does_not_take_over_an_address_in_use(monkeypatch, knowing):
    """Another key with the same /64 can be found with much patience; one in use stays where it is."""
    monkeypatch.setattr(limits, "subnet_of", lambda _: subnet_of(PEER))
    knowing.path_found(1.0, OTHER)
    packet = ipv6(HERE, LAN)
    assert knowing.packet(1.0, packet) == [carried(packet, PEER)]
    reference = ReferenceResolver(OURS, 1500)
    for key in (PEER, OTHER):
        reference.path_found(0.0, key)
    assert reference.packet(1.0, packet) == [carried(packet, OTHER)]
    knowing.activity(100.0, [(OTHER, 1, 1)])
    knowing.tick(KNOWN_FOR + 1)
    knowing.activity(KNOWN_FOR + 2, [(OTHER, 1, 1)])
    assert knowing.packet(KNOWN_FOR + 3, packet) == [carried(packet, OTHER)]


# --- what does not go out --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packet", [b"", b"\x60", bytes(60), b"\x45" + bytes(59), ipv6(HERE, THERE)[:39]])
def test_malformed_packet_is_dropped(resolver, packet):
    assert resolver.packet(0.0, packet) == []
    assert resolver.counters()["packets_malformed"] == 1


def test_packet_with_a_source_of_others_is_refused(resolver):
    packet = ipv6(address_of(OTHER), THERE)
    assert icmp_error(resolver.packet(0.0, packet)) == (UNREACHABLE, 5)
    assert ReferenceResolver(OURS, 1500).packet(0.0, packet) == []


def test_packet_out_of_the_overlay_has_no_route(resolver):
    assert icmp_error(resolver.packet(0.0, ipv6(HERE, b"\x20\x01" + bytes(14)))) == (UNREACHABLE, 0)


@pytest.mark.parametrize("dest", [HERE, subnet_of(OURS) + b"\x07" * 8])
def test_packet_to_ourselves_has_no_route(knowing, dest):
    knowing.path_found(0.0, OURS)
    assert icmp_error(knowing.packet(0.0, ipv6(HERE, dest))) == (UNREACHABLE, 0)


def test_reference_sends_packets_to_its_own_subnet_to_itself():
    """They come back through the session, round and round until the hop limit."""
    reference = ReferenceResolver(OURS, 1500)
    reference.path_found(0.0, OURS)
    packet = ipv6(HERE, subnet_of(OURS) + b"\x07" * 8)
    assert reference.packet(0.0, packet) == [carried(packet, OURS)]


def test_packet_that_waited_too_long_is_unreachable(resolver):
    reference = ReferenceResolver(OURS, 1500)
    for each in (resolver, reference):
        each.packet(0.0, ipv6(HERE, THERE))
    assert icmp_error(resolver.tick(PATIENCE + 0.1)) == (UNREACHABLE, 3)
    assert reference.tick(PATIENCE + 0.1) == []
    assert resolver.counters()["packets_unresolved"] == 1


@pytest.mark.parametrize(
    "packet",
    [
        ipv6(b"\xfe\x80" + bytes(14), b"\xff\x02" + bytes(14)),
        ipv6(HERE, b"\xff\x02" + bytes(14)),
        ipv6(bytes(16), THERE),
        ipv6(address_of(OTHER), THERE, bytes((UNREACHABLE,)) + bytes(47), ICMPV6),
    ],
    ids=["link-local", "multicast", "unspecified", "icmp error"],
)
def test_no_icmp_error_where_none_is_due(resolver, packet):
    assert resolver.packet(0.0, packet) == []


def test_icmp_errors_are_limited(resolver):
    packet = ipv6(address_of(OTHER), THERE, bytes((ECHO,)) + bytes(7), ICMPV6)
    errors = [effect for _ in range(100) for effect in resolver.packet(1.0, packet)]
    assert len(errors) == 20
    assert resolver.counters()["icmp_limited"] == 80


def test_rooms_are_limited(monkeypatch):
    monkeypatch.setattr(limits, "MAX_ROOMS", 2)
    resolver = Resolver(OURS, 1500)
    for number in range(3):
        resolver.packet(0.0, ipv6(HERE, THERE[:15] + bytes((number,))))
    assert (resolver.counters()["rooms_evicted"], resolver.counters()["packets_unresolved"]) == (1, 1)


def test_empty_rooms_are_forgotten(resolver):
    resolver.packet(0.0, ipv6(HERE, THERE))
    resolver.tick(PATIENCE + 1)
    resolver.tick(ROOM_LIFETIME + 1)
    assert resolver.packet(ROOM_LIFETIME + 1, ipv6(HERE, THERE)) == [Lookup(key_of_address(THERE))]


def test_known_keys_are_limited(monkeypatch):
    monkeypatch.setattr(limits, "MAX_KNOWN", 1)
    resolver = Resolver(OURS, 1500)
    resolver.path_found(0.0, PEER)
    resolver.path_found(1.0, OTHER)
    assert resolver.packet(2.0, ipv6(HERE, THERE)) == [Lookup(key_of_address(THERE))]
    assert resolver.counters()["known_evicted"] == 1


# --- too big ---------------------------------------------------------------------------------------------------------


def test_packet_too_big_is_the_captured_one():
    """Answered to its sender, in a session, from the address it went to."""
    captured = NODE["icmpv6_packet_too_big_0_5_12"]
    head = bytes.fromhex(captured["offending_first_512"])
    mtu = int.from_bytes(bytes.fromhex(captured["ptb"])[44:48])
    assert Resolver(OURS, mtu).too_big(0.0, PEER, head) == [carried(bytes.fromhex(captured["ptb"]))]


def test_packet_too_big_names_the_least_mtu_without_a_tun():
    (effect,) = Resolver(OURS, 0).too_big(0.0, PEER, ipv6(THERE, HERE, bytes(472)))
    assert int.from_bytes(effect.message[1:][44:48]) == MTU_WITHOUT_TUN


def test_packet_too_big_is_limited(resolver):
    head = ipv6(THERE, HERE, bytes(472))
    assert sum(len(resolver.too_big(1.0, PEER, head)) for _ in range(100)) == 20
