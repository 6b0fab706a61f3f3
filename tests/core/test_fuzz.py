"""A short run of every fuzz target; `fuzz.py` does the long ones."""

from __future__ import annotations

import pytest

from core.fuzz import TARGETS, fuzz

RUNS = 50_000


def test_every_target_is_known() -> None:
    assert TARGETS == ["coalesce", "ethernet", "greeting", "route", "sealed", "segment", "split", "traffic"]


@pytest.mark.slow
@pytest.mark.timeout(900)  # the first compiles the whole core
@pytest.mark.parametrize("target", TARGETS)
def test_fuzzer_finds_nothing(target: str) -> None:
    done = fuzz(target, RUNS)
    assert done.returncode == 0, done.stderr
    assert f"stat::number_of_executed_units: {RUNS}" in done.stderr
