"""Our end of a TAP's wire: we are every address of the mesh but the host's own, and find out where the host is.

Nothing the host says is kept but its MAC, so there is nothing it could fill.
"""

from __future__ import annotations

from everleaf.address import is_overlay, text
from everleaf.control.effects import Effect, Note, SetHostMac, WriteFrame
from everleaf.errors import WireError
from everleaf.wire.ethernet import IPV6, Frame, group_of
from everleaf.wire.neighbour import (
    UNSPECIFIED,
    Advertisement,
    Flags,
    Solicitation,
    decode,
    is_multicast,
    solicited_node,
)

OUR_MAC = bytes((0x02, 0, 0, 0, 0, 0x02))  # also in core/ethernet.c
TRIES = 5  # solicitations, one a second
REFRESH = 30.0  # seconds from an answer, or from giving up, to the next question


class Neighbours:
    """Answers the host's solicitations and makes its own; asleep until there is a TAP."""

    def __init__(self, address: bytes) -> None:
        """`address` is the host's, by which others know the node."""
        self._address = address
        self._link_local = link_local(address)
        self._host: bytes | None = None  # its MAC
        self._ask_at = float("inf")
        self._tries = 0
        self._complained = False
        self._counters = {"neighbours_answered": 0, "neighbours_ignored": 0, "neighbours_malformed": 0}

    def start(self, now: float) -> list[Effect]:
        """There is a TAP, where nobody is known yet."""
        self._host, self._ask_at, self._tries = None, now, 0
        return self.tick(now)

    def tick(self, now: float) -> list[Effect]:
        """Once a second: look for the host, and look again whether it is still there."""
        if now < self._ask_at:
            return []
        if self._tries == TRIES:
            return self._give_up(now)
        self._tries += 1
        group = solicited_node(self._address)
        return [_frame(group_of(group), Solicitation(self._link_local, group, self._address, OUR_MAC))]

    def frame(self, now: float, data: bytes) -> list[Effect]:
        """A frame of neighbour discovery from the wire."""
        try:
            frame = Frame.decode(data)
            message = decode(frame.payload)
        except WireError:
            self._counters["neighbours_malformed"] += 1
            return []
        match message:
            case Advertisement(target=self._address, mac=mac):
                return self._found(now, mac or frame.source)
            case Solicitation(source=source, target=target) if self._is_ours(source, target):
                return [*self._hear(now, source, frame.source), self._answer(message, frame.source)]
        self._counters["neighbours_ignored"] += 1
        return []

    def counters(self) -> dict[str, int]:
        """What became of the frames."""
        return dict(self._counters)

    # --- steps -------------------------------------------------------------------------------------------------------

    def _is_ours(self, source: bytes, target: bytes) -> bool:
        """Whether we are meant. Who asks from nowhere wants the address himself, and an answer would deny it to him."""
        return source != UNSPECIFIED and not is_multicast(source) and is_overlay(target) and target != self._address

    def _answer(self, asked: Solicitation, mac: bytes) -> WriteFrame:
        self._counters["neighbours_answered"] += 1
        advertised = Advertisement(self._link_local, asked.source, asked.target, Flags.SOLICITED, OUR_MAC)
        return _frame(mac, advertised)

    def _hear(self, now: float, source: bytes, mac: bytes) -> list[Effect]:
        """Asking tells where the asker is."""
        return self._found(now, mac) if source == self._address else []

    def _found(self, now: float, mac: bytes) -> list[Effect]:
        self._sleep(now)
        if mac == self._host:
            return []
        self._host = mac
        return [SetHostMac(mac), Note("host.found", {"mac": mac.hex(":")}, "debug")]

    def _give_up(self, now: float) -> list[Effect]:
        """Until the next time. A host that was there once keeps its MAC: it may only have been busy."""
        self._sleep(now)
        if self._host or self._complained:
            return []
        self._complained = True
        return [Note("host.silent", {"address": text(self._address), "asked": TRIES}, "warning")]

    def _sleep(self, now: float) -> None:
        self._ask_at, self._tries = now + REFRESH, 0


def link_local(address: bytes) -> bytes:
    """The address of our end of the wire: fe80::, a zero byte, and bytes 1 to 7 of the node's address."""
    return b"\xfe\x80" + bytes(7) + address[1:8]


def _frame(mac: bytes, message: Solicitation | Advertisement) -> WriteFrame:
    return WriteFrame(Frame(mac, OUR_MAC, IPV6, message.encode()).encode())
