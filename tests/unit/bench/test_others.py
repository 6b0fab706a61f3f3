"""The benchmark's table of other programs."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bench import others
from bench.chart import chart
from bench.others import HEAD, MEASURES, OURS, THEIRS


def one_round(default, small, theirs):
    """One number everywhere for each of ours, and one for all the others."""
    numbers = {OURS[0]: default, OURS[1]: small} | dict.fromkeys(THEIRS, theirs)
    return {name: dict.fromkeys(MEASURES, value) for name, value in numbers.items()}


ROUNDS = [one_round(6.0, 1.0, 2.0), one_round(8.0, 1.0, 2.0), one_round(20.0, 5.0, 10.0)]


def table():
    return [dict(zip(HEAD, row, strict=True)) for row in others.rows(ROUNDS)]


def test_row_has_medians_and_both_of_our_ratios_beside_each_of_theirs():
    row = table()[0]
    assert (row["everleaf"], row["everleaf 1420"]) == ("8.00", "1.00")
    assert {row[f"{name} (times better)"] for name in THEIRS} == {"2.00 (3.00 / 0.50)"}


def test_ratio_below_one_is_a_loss_for_costs_too():
    costs = next(row for row in table() if row[""] == "memory after load, resident")
    assert costs["tinc (times better)"] == "2.00 (0.33 / 2.00)"


def test_picture_has_each_measure_of_each_program():
    picture = ElementTree.fromstring(chart("a title", others.ratios(ROUNDS)))
    texts = {element.text for element in picture.iter() if element.tag.endswith("text")}
    assert {f"{name}: {measure.text}" for name in THEIRS for measure in MEASURES.values()} <= texts


def test_order_turns_around_each_round_and_every_program_is_measured_before_the_next_step(monkeypatch, tmp_path):
    taken = []
    steps = [lambda pair, *_, step=step: taken.append((step, *pair)) or {f"{step}": 1.0} for step in range(2)]
    monkeypatch.setattr(others, "STEPS", steps)
    for turn in range(2):
        assert others.one_round({"a": ["a"], "b": ["b"]}, tmp_path, 1, turn)["a"] == {"0": 1.0, "1": 1.0}
    assert taken == [(0, "b"), (0, "a"), (1, "b"), (1, "a"), (0, "a"), (0, "b"), (1, "a"), (1, "b")]


def test_missing_programs_are_named_before_anything_starts(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match=r"wg, nebula, nebula-cert, tincd; run builds/bootstrap\.sh --rivals"):
        others.measure(tmp_path, tmp_path, "frozen", [], 1, 1)
    assert not list(tmp_path.iterdir())
