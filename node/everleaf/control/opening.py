"""A session that is not there yet: what we offered, and what is to be sent once the peer agrees."""

from __future__ import annotations

from everleaf.control.backoff import Backoff
from everleaf.control.crypto import Crypto
from everleaf.control.waiting import WaitingRoom
from everleaf.wire.session import KeyOffer

FIRST_PAUSE = 1.0  # seconds between two inits; more than a round trip, or the peer answers both
LONGEST_PAUSE = 5.0


class Opening:
    """Our keys number 0 and 1 for one destination, kept until its ack or init comes."""

    def __init__(self, crypto: Crypto) -> None:
        self.first = crypto.box_key()
        self.second = crypto.box_key()
        self.room = WaitingRoom()
        self.backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self.stamp = 0  # highest `seq` sent

    def offer(self, seq: int) -> KeyOffer:
        """What we tell the peer, at `seq`; not signed yet."""
        return KeyOffer(b"", self.first.public, self.second.public, 0, seq)
