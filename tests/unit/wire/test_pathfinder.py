"""What is signed about paths."""

import pytest

from everleaf.wire import pathfinder
from everleaf.wire.frame import Splitter, decode
from vectors.captured import MESH

NOTIFIES = [v for v in MESH["frames"] if v["name"] == "path_notify"]


@pytest.mark.parametrize("v", NOTIFIES, ids=lambda v: v["link"])
def test_notify_signs_when_and_where_only(v):
    [frame] = Splitter().feed(bytes.fromhex(v["frame"]))
    notify = decode(frame)
    [signed] = v["verify"]
    assert notify.statement.hex() == signed["message"]
    assert (notify.source.hex(), notify.sig.hex()) == (signed["public_key"], signed["signature"])
    assert pathfinder.statement(notify.seq, notify.coords) == notify.statement
