"""One question per link, asked again and again: are you who you say, how far are you, are you still there?

All three are answered by a sig_res to a nonce that was used on this link only. The nonce makes the answer a proof: a
recorded greeting lets anybody pose as a peer, but only the peer's own key signs a fresh nonce. The answer is also an
ordinary vote for us as a child, so the tree and the probes share the same messages.
"""

from __future__ import annotations

from everleaf.wire.tree import SigReq, SigRes

PROBE_INTERVAL = 30.0  # seconds between questions on a calm link
ANSWER_DEADLINE = 30.0  # seconds; a peer that answers other things but not this is of no use
UNKNOWN_COST = 4294  # before the first answer: 2^32 - 1 ns, in ms
_NEWCOMER = 2  # the first round trip counts this much, so that a new link has to prove itself
_SMOOTHING = 8  # one part new, seven parts old


class Probe:
    """The outstanding question on one link, and what its answers have shown so far."""

    def __init__(self) -> None:
        self._asked: SigReq | None = None
        self._asked_at = 0.0
        self._answered = True
        self.lag: float | None = None  # smoothed round trip, seconds; None until the first answer

    @property
    def asked(self) -> SigReq | None:
        """The newest question."""
        return self._asked

    @property
    def cost(self) -> int:
        """Milliseconds, at least 1."""
        return UNKNOWN_COST if self.lag is None else max(1, int(self.lag * 1000))

    def ask(self, now: float, question: SigReq) -> None:
        """`question` is being sent; it replaces the one before."""
        self._asked, self._asked_at, self._answered = question, now, False

    def due(self, now: float) -> bool:
        """Whether it is time to ask again."""
        return self._answered and now >= self._asked_at + PROBE_INTERVAL

    def overdue(self, now: float) -> bool:
        """Whether the peer leaves us waiting for too long."""
        return not self._answered and now >= self._asked_at + ANSWER_DEADLINE

    def answer(self, now: float, answer: SigRes) -> bool:
        """Whether this answers the outstanding question. The first answer to each is a sample of the round trip."""
        asked = self._asked
        if asked is None or (answer.seq, answer.nonce) != (asked.seq, asked.nonce):
            return False
        if not self._answered:
            self._answered = True
            self._sample(now - self._asked_at)
        return True

    def _sample(self, trip: float) -> None:
        if self.lag is None:
            self.lag = trip * _NEWCOMER
        else:
            self.lag += (min(trip, 2 * self.lag) - self.lag) / _SMOOTHING
