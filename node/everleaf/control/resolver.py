"""IPv6 on one side, keys on the other: whose address is this, and what waits until we know.

The core does this by itself for everyone with a path and a session; here is the first packet's way, and every error
the local host should hear of.
"""

from __future__ import annotations

from collections.abc import Sequence

from everleaf.address import SUBNET_PREFIX, address_of, is_overlay, key_of_address, key_of_subnet, subnet_of
from everleaf.control.backoff import Backoff
from everleaf.control.effects import Effect, WritePacket
from everleaf.control.fading import FadingTable
from everleaf.control.handoff import Lookup, WriteMessage
from everleaf.control.throttle import TokenBucket
from everleaf.control.waiting import WaitingRoom
from everleaf.errors import WireError
from everleaf.wire.icmp import HEADER_SIZE, Header, Reason, packet_too_big, unreachable
from everleaf.wire.message import MessageKind

KNOWN_FOR = 120.0  # seconds a key is remembered after its last packet; the reference's
MAX_KNOWN = 4096
ROOM_LIFETIME = 30.0  # seconds after the last packet; the room remembers how often we asked
MAX_ROOMS = 256
FIRST_PAUSE = 0.5  # seconds between two lookups
LONGEST_PAUSE = 5.0
ICMP_ERRORS = (10.0, 20.0)  # a second, and at once
ICMPV6 = 58  # next header
FIRST_INFORMATIONAL = 128  # ICMPv6 types below are errors
MTU_WITHOUT_TUN = 1280  # bytes; what every IPv6 link carries


class Room:
    """What waits for one address or one /64, and when to ask for it again."""

    def __init__(self, partial_key: bytes) -> None:
        self.partial_key = partial_key
        self.packets = WaitingRoom()
        self.backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)


class Resolver:
    """The table of known addresses and /64s, and the packets that wait for one.

    A *place* is a destination as far as it tells keys apart: 16 bytes of an address, or 8 of a /64.
    """

    def __init__(self, public_key: bytes, mtu: int) -> None:
        """`mtu` of the TUN device; 0 when there is none."""
        self._address = address_of(public_key)
        self._subnet = subnet_of(public_key)
        self._mtu = mtu or MTU_WITHOUT_TUN
        self._known: FadingTable[bytes, None] = FadingTable(KNOWN_FOR, MAX_KNOWN)  # keys
        self._places: dict[bytes, bytes] = {}  # the keys of what is known
        self._rooms: FadingTable[bytes, Room] = FadingTable(ROOM_LIFETIME, MAX_ROOMS)
        self._errors = TokenBucket(*ICMP_ERRORS)
        self._counters = {
            "packets_malformed": 0,
            "packets_of_others": 0,  # their source is neither our address nor in our /64
            "packets_to_nowhere": 0,
            "packets_to_ourselves": 0,
            "packets_unresolved": 0,
            "icmp_limited": 0,
        }

    # --- events ------------------------------------------------------------------------------------------------------

    def packet(self, now: float, packet: bytes) -> list[Effect]:
        """A packet from the local host that the core could not send by itself."""
        try:
            header = Header.decode(packet)
        except WireError:
            self._counters["packets_malformed"] += 1
            return []
        if not self._ours(header.source):
            return self._reject(now, packet, "packets_of_others", Reason.SOURCE_POLICY)
        if not is_overlay(header.dest):
            return self._reject(now, packet, "packets_to_nowhere", Reason.NO_ROUTE)
        if self._ours(header.dest):  # no local interface owns it, and a session with ourselves would loop
            return self._reject(now, packet, "packets_to_ourselves", Reason.NO_ROUTE)
        place = _place(header.dest)
        key = self._places.get(place)
        if key is None:
            return self._wait(now, place, packet)
        self._known.put(now, key, None)
        return [_carry(key, packet)]

    def path_found(self, now: float, key: bytes) -> list[Effect]:
        """There is a path to `key`: its address is known now, and what waited for it may go."""
        self._forget(self._known.put(now, key, None))
        effects: list[Effect] = []
        for place in (address_of(key), subnet_of(key)):
            if self._places.setdefault(place, key) == key:  # the one in use stays, whoever finds another key for it
                room = self._rooms.pop(place)
                effects += [_carry(key, packet) for packet in room.packets.drain()] if room else []
        return effects

    def activity(self, now: float, rows: Sequence[tuple[bytes, int, int]]) -> list[Effect]:
        """(key, bytes received, bytes sent) since the last call: those addresses are in use."""
        return [effect for key, _, _ in rows for effect in self.path_found(now, key)]

    def too_big(self, now: float, key: bytes, head: bytes) -> list[Effect]:
        """`key` sent us a packet over our MTU, and was entitled to its source address; `head` is its beginning."""
        return [_carry(key, packet_too_big(head, self._mtu))] if self._may_complain(now, head) else []

    def tick(self, now: float) -> list[Effect]:
        """Once a second: forget, give up, ask again."""
        self._forget(self._known.fade(now))
        self._rooms.fade(now)
        effects: list[Effect] = []
        for place in list(self._rooms):
            room = self._rooms.get(place)
            assert room is not None
            for packet in room.packets.expire(now):
                effects += self._reject(now, packet, "packets_unresolved", Reason.ADDRESS)
            if room.packets:
                effects += _ask(now, room)
        return effects

    def counters(self) -> dict[str, int]:
        """What was dropped and evicted."""
        return self._counters | {"known_evicted": self._known.evicted, "rooms_evicted": self._rooms.evicted}

    # --- steps -------------------------------------------------------------------------------------------------------

    def _wait(self, now: float, place: bytes, packet: bytes) -> list[Effect]:
        room = self._rooms.get(place) or Room(_partial_key(place))
        gone = self._rooms.put(now, place, room)
        lost = [packet for _, other in gone for packet in other.packets.drain()] + room.packets.add(now, packet)
        self._counters["packets_unresolved"] += len(lost)
        return _ask(now, room)

    def _reject(self, now: float, packet: bytes, counter: str, reason: Reason) -> list[Effect]:
        """Drop a packet of the local host, and tell it why."""
        self._counters[counter] += 1
        return [WritePacket(unreachable(packet, reason, self._address))] if self._may_complain(now, packet) else []

    def _may_complain(self, now: float, packet: bytes) -> bool:
        """Whether an ICMPv6 error may answer `packet`: RFC 4443 section 2.4 (e) and (f)."""
        header = Header.decode(packet)
        if _is_icmp_error(packet) or not (_is_unicast(header.source) and _is_unicast(header.dest)):
            return False
        if self._errors.take(now):
            return True
        self._counters["icmp_limited"] += 1
        return False

    def _forget(self, gone: Sequence[tuple[bytes, None]]) -> None:
        for key, _ in gone:
            for place in (address_of(key), subnet_of(key)):
                if self._places.get(place) == key:
                    del self._places[place]

    def _ours(self, address: bytes) -> bool:
        return address == self._address or address[:8] == self._subnet


def _place(address: bytes) -> bytes:
    return address[:8] if address[0] == SUBNET_PREFIX else address


def _partial_key(place: bytes) -> bytes:
    return key_of_subnet(place) if place[0] == SUBNET_PREFIX else key_of_address(place)


def _ask(now: float, room: Room) -> list[Effect]:
    return [Lookup(room.partial_key)] if room.backoff.ready(now) else []


def _carry(key: bytes, packet: bytes) -> WriteMessage:
    return WriteMessage(key, bytes((MessageKind.PACKET,)) + packet)


def _is_icmp_error(packet: bytes) -> bool:
    return packet[6] == ICMPV6 and len(packet) > HEADER_SIZE and packet[HEADER_SIZE] < FIRST_INFORMATIONAL


def _is_unicast(address: bytes) -> bool:
    """Whether somebody could hear an error sent there: not multicast, link-local or unspecified."""
    return address[0] != 0xFF and address[:2] != b"\xfe\x80" and any(address)
