"""The core's link timers and their Python twin decide alike."""

from hypothesis import given
from hypothesis import strategies as st

from everleaf import _core
from everleaf.control.effects import DropLink, SendFrame
from everleaf.control.liveness import Liveness
from everleaf.wire.frame import FrameType

KEEPALIVE, GONE = 1, 2
TYPES = st.sampled_from([FrameType.DUMMY, FrameType.KEEPALIVE, FrameType.SIG_REQ, FrameType.TRAFFIC])
STEPS = st.lists(
    st.tuples(st.sampled_from(["sent", "received", "asked"]), TYPES, st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0])),
    max_size=40,
)


def verdict(effects):
    match effects:
        case [SendFrame()]:
            return KEEPALIVE
        case [DropLink()]:
            return GONE
    return 0


@given(STEPS)
def test_core_timers_equal_their_twin(steps):
    core, twin, now = _core.LinkTimers(), Liveness(1), 0.0
    for event, kind, wait in steps:
        now += wait
        if event == "sent":
            core.sent(kind, now)
            twin.wrote(now, kind)
        elif event == "received":
            core.received(kind, now)
            twin.read(now, kind)
        else:
            due = core.due(now)
            assert due == verdict(twin.tick(now))
            if due == KEEPALIVE:
                core.sent(FrameType.KEEPALIVE, now)
            if due == GONE:
                return
