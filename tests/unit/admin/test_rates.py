"""Bytes a second."""

from __future__ import annotations

from everleaf.admin.rates import Rates
from everleaf.admin.view import LinkTraffic


def test_rate_is_what_moved_since_the_last_sample():
    rates = Rates()
    rates.sample(1.0, {7: (100, 1000)})
    assert rates.traffic(7) == LinkTraffic(100, 1000)
    rates.sample(3.0, {7: (300, 1000)})
    assert rates.traffic(7) == LinkTraffic(300, 1000, received_rate=100, sent_rate=0)


def test_rate_of_a_link_that_went_is_forgotten():
    rates = Rates()
    rates.sample(1.0, {7: (100, 1000)})
    rates.sample(2.0, {8: (5, 5)})
    assert rates.traffic(7) == LinkTraffic()
