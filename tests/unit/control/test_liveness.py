"""The two timers of a link, as measured on the reference program."""

from __future__ import annotations

import pytest

from everleaf.control.effects import DropLink, SendFrame
from everleaf.control.liveness import Liveness
from everleaf.wire.frame_type import FrameType

LINK = 7
ANNOUNCE, KEEPALIVE, DUMMY = FrameType.ANNOUNCE, FrameType.KEEPALIVE, FrameType.DUMMY


def test_silent_link_stays_silent() -> None:
    assert Liveness(LINK).tick(1e9) == []


def test_keepalive_is_owed_one_second_after_the_first_unanswered_frame() -> None:
    link = Liveness(LINK)
    link.read(0.0, ANNOUNCE)
    link.read(0.9, ANNOUNCE)
    assert link.next_at() == 1.0
    assert link.tick(0.99) == []
    assert link.tick(1.0) == [SendFrame(LINK, b"\1")]
    assert link.tick(9.0) == []


def test_keepalive_is_not_sent_when_anything_else_was() -> None:
    link = Liveness(LINK)
    link.read(0.0, ANNOUNCE)
    link.wrote(0.5, DUMMY)
    assert link.tick(1.0) == []


def test_link_is_dropped_three_seconds_after_the_first_unanswered_frame() -> None:
    link = Liveness(LINK)
    link.wrote(0.0, ANNOUNCE)
    link.wrote(2.0, ANNOUNCE)
    assert link.tick(2.99) == []
    assert link.tick(3.0) == [DropLink(LINK, "silent for 3 s")]
    assert link.next_at() is None


def test_any_frame_is_a_sign_of_life() -> None:
    for kind in (DUMMY, KEEPALIVE, ANNOUNCE):
        link = Liveness(LINK)
        link.wrote(0.0, ANNOUNCE)
        link.read(2.9, kind)
        assert not any(isinstance(effect, DropLink) for effect in link.tick(100.0))


class WholeFrames(Liveness):
    """The reference's rule: bytes say nothing until their frame is whole."""

    def heard(self) -> None:
        pass


@pytest.mark.parametrize(("kind", "lives"), [(WholeFrames, False), (Liveness, True)])
def test_frame_that_takes_long_is_a_sign_of_life_all_the_way(kind: type[Liveness], lives: bool) -> None:
    link = kind(LINK)
    link.wrote(0.0, FrameType.SIG_REQ)
    dropped = []
    for second in range(1, 9):
        link.heard()
        dropped += link.tick(float(second))
    assert (dropped == []) is lives


def test_dummies_and_keepalives_ask_for_no_answer() -> None:
    link = Liveness(LINK)
    for kind in (DUMMY, KEEPALIVE):
        link.read(0.0, kind)
        link.wrote(0.0, kind)
    assert link.next_at() is None


def test_keepalives_alone_never_keep_each_other_alive() -> None:
    """One frame draws one keepalive, and that draws nothing."""
    here, there = Liveness(1), Liveness(2)
    here.wrote(0.0, ANNOUNCE)
    there.read(0.0, ANNOUNCE)
    [answer] = there.tick(1.0)
    assert isinstance(answer, SendFrame)
    here.read(1.0, answer.frame[0])
    assert (here.next_at(), there.next_at()) == (None, None)
