"""Session keys are renewed once a minute while traffic flows, and no packet is lost over it."""

from __future__ import annotations

from contextlib import closing
from itertools import pairwise

import pytest

from interop.nodes import Yggdrasil, start
from interop.tap import Tap

MINUTE = 60.0
PINGS = 340  # five a second, beyond the first renewal


@pytest.mark.timeout(180)
def test_keys_are_renewed_after_a_minute_without_loss(net, add, everleaf):
    ours, real = add(everleaf, 1), add(Yggdrasil, 0)
    listener = real.host.directory / "link.sock"
    real.listen.append(f"unix://{listener}")
    real.start()
    with closing(Tap(net.directory / "tap.sock", listener)) as tap:
        ours.peers.append(tap.uri)
        start(ours)
        ours.reaches(real)
        answered = real.host.pings(ours.address, count=PINGS, interval=0.2)
    assert answered == PINGS
    for node in (ours, real):
        first_seen = [when for _, when in sorted(tap.generations[node.key].items())]
        gaps = [later - earlier for earlier, later in pairwise(first_seen)]
        assert any(MINUTE <= gap < MINUTE + 3 for gap in gaps), (node.host.name, gaps)
        assert not any(3 < gap < MINUTE for gap in gaps), (node.host.name, gaps)
