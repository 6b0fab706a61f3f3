"""What the benchmark makes of its numbers."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bench.chart import LOST, WON, chart
from bench.report import HEAD, MEASURES, markdown_table, ratios, rows

RATES = [name for name, measure in MEASURES.items() if measure.more_is_better]


def one_round(ours, theirs):
    """Everleaf with one number everywhere, yggdrasil with another; the mixed pair between them once."""
    both = {"everleaf": dict.fromkeys(MEASURES, ours), "yggdrasil": dict.fromkeys(MEASURES, theirs)}
    return both | {"mixed": {"tcp_rate": (ours + theirs) / 2}}


ROUNDS = [one_round(6.0, 2.0), one_round(8.0, 2.0), one_round(20.0, 10.0)]


def test_ratio_is_the_median_of_the_rounds_own_and_not_that_of_medians():
    first = ratios(ROUNDS)[0]
    assert (first.median, first.least, first.most) == (3.0, 2.0, 4.0)


def test_less_is_better_for_costs():
    by_text = {ratio.measure.text: ratio.median for ratio in ratios(ROUNDS)}
    assert by_text["ping, idle, median"] == pytest.approx(1 / 3)


def test_row_has_what_is_wanted_and_what_the_mixed_pair_reaches():
    row = dict(zip(HEAD, rows(ROUNDS)[0], strict=True))
    assert row["wanted"] == "3.00"
    assert row["mixed pair"] == "5.00 (2.00 times better)"
    assert row["(range)"] == "2.00 .. 4.00"
    assert markdown_table([HEAD, *rows(ROUNDS)]).count("\n") == len(MEASURES) + 1


def test_picture_has_a_bar_for_each_measure_in_the_colour_of_its_outcome():
    root = ElementTree.fromstring(chart("a & b", ratios(ROUNDS)))
    colours = [bar.get("fill") for bar in root if bar.get("height") == "14"]
    assert colours == [WON if name in RATES else LOST for name in MEASURES]
    lengths = [float(bar.get("width")) for bar in root if bar.get("height") == "14"]
    assert lengths == pytest.approx([lengths[0]] * len(lengths), abs=0.2)  # three times better or worse
