"""The process that waits for the node of a single file; tests/frozen kills a real one."""

import os
import sys

from everleaf.daemon.loader import loader


def test_nobody_waits_for_a_node_from_sources():
    assert loader() is None


def test_a_loader_is_gone_when_we_have_another_parent(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "_MEIours"), raising=False)
    ours = loader()
    assert (ours.pid, ours.gone()) == (os.getppid(), False)
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert ours.gone()
