"""Builds that share a cache: one after the other."""

from __future__ import annotations

import threading

from builds.step import alone


def test_a_build_waits_for_the_end_of_another_and_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    said, order = threading.Event(), []
    monkeypatch.setattr("builds.step.say", lambda text: (print(text), said.set()))

    def second() -> None:
        with alone():
            order.append("second")

    with alone():
        other = threading.Thread(target=second)
        other.start()
        assert said.wait(20)
        order.append("first")
    other.join(20)
    assert order == ["first", "second"]
    assert f"another build, which uses {tmp_path}/everleaf" in capsys.readouterr().out


def test_builds_one_after_the_other_wait_for_nobody(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for _ in range(2):
        with alone():
            pass
    assert capsys.readouterr().err == ""
