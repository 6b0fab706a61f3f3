"""A node whose first process is gone knows it, where there is such a process."""

from __future__ import annotations

import os
import sys

from everleaf.daemon.parent import Parent


def test_a_single_file_notices_that_its_first_process_is_gone(monkeypatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", "/elsewhere/_MEI1", raising=False)
    parent = Parent()
    assert (parent.pid, parent.gone()) == (os.getppid(), False)
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert parent.gone()


def test_any_other_program_may_lose_the_shell_it_was_started_from(monkeypatch) -> None:
    parent = Parent()
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert not parent.gone()
