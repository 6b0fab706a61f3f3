"""From numbers of many rounds to one table: medians, and how many times better everleaf is."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Lines = Sequence[Sequence[str]]
Round = Mapping[str, Mapping[str, float]]  # contender, measure -> number


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table."""

    text: str
    unit: str
    wanted: float | None  # how many times better it is to be; None where nothing is promised
    more_is_better: bool = False

    def advantage(self, ours: float, theirs: float) -> float:
        """How many times better we are; above 1 we win."""
        return ours / theirs if self.more_is_better else theirs / ours


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times better one measure is: the median of each round's own ratio, so that noise hits both sides."""

    measure: Measure
    median: float
    least: float
    most: float


MEASURES = {
    "tcp_rate": Measure("TCP stream, tcp link", "Gbit/s", 3.0, more_is_better=True),
    "tcp_cpu": Measure("... CPU of both ends", "s/GB", 1 / 0.3),
    "mtu1420_rate": Measure("TCP stream, tcp link, MTU 1420", "Gbit/s", 2.0, more_is_better=True),
    "mtu1420_cpu": Measure("... CPU of both ends", "s/GB", None),
    "tls_rate": Measure("TCP stream, tls link", "Gbit/s", 2.7, more_is_better=True),
    "tls_cpu": Measure("... CPU of both ends", "s/GB", None),
    "chain_rate": Measure("TCP stream through a third node", "Gbit/s", 3.0, more_is_better=True),
    "chain_cpu": Measure("... CPU of the third node", "s/GB", 1 / 0.33),
    "small_rate": Measure("64-byte packets delivered", "1000/s", 4.0, more_is_better=True),
    "small_cpu": Measure("... CPU of both ends", "us each", 1 / 0.17),
    "transit_rate": Measure("64-byte packets through a third node", "1000/s", 2.0, more_is_better=True),
    "transit_cpu": Measure("... CPU of the third node", "us each", 1 / 0.17),
    "idle_p50": Measure("ping, idle, median", "us", 1 / 0.45),
    "idle_p99": Measure("ping, idle, 99 %", "us", 1.0),
    "loaded_p50": Measure("ping beside a stream, median", "us", 1 / 0.33),
    "loaded_p99": Measure("ping beside a stream, 99 %", "us", 1.0),
    "rss": Measure("memory after load, resident", "MB", 1 / 0.75),
    "pss": Measure("memory after load, shared pages by share", "MB", None),
    "start": Measure("start until the admin socket answers", "ms", None),
}
MIXED_WANTED = 1.2  # times the real pair's throughput, where one end is the real node
HEAD = ("", "unit", "everleaf", "yggdrasil", "times better", "(range)", "wanted", "mixed pair")


def ratios(rounds: Sequence[Round]) -> list[Ratio]:
    """Of every measure, in the order of the table."""
    return [
        compare(measure, values("everleaf", name, rounds), values("yggdrasil", name, rounds))
        for name, measure in MEASURES.items()
    ]


def rows(rounds: Sequence[Round]) -> list[tuple[str, ...]]:
    """The table's lines."""
    return [_row(name, ratio, rounds) for name, ratio in zip(MEASURES, ratios(rounds), strict=True)]


def compare(measure: Measure, ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Two contenders' numbers, round by round."""
    found = [measure.advantage(*pair) for pair in zip(ours, theirs, strict=True)]
    return Ratio(measure, statistics.median(found), min(found), max(found))


def values(contender: str, name: str, rounds: Sequence[Round]) -> list[float]:
    """The numbers of the rounds that have one."""
    return [numbers[contender][name] for numbers in rounds if name in numbers[contender]]


def _row(name: str, ratio: Ratio, rounds: Sequence[Round]) -> tuple[str, ...]:
    measure = ratio.measure
    return (
        measure.text,
        measure.unit,
        number(values("everleaf", name, rounds)),
        number(values("yggdrasil", name, rounds)),
        f"{ratio.median:.2f}",
        f"{ratio.least:.2f} .. {ratio.most:.2f}",
        f"{measure.wanted:.2f}" if measure.wanted else "",
        _mixed(name, measure, rounds),
    )


def _mixed(name: str, measure: Measure, rounds: Sequence[Round]) -> str:
    """The number of the mixed pair, and how many times better that is than two real nodes."""
    mixed, theirs = values("mixed", name, rounds), values("yggdrasil", name, rounds)
    if not mixed:
        return ""
    times = statistics.median(measure.advantage(a, b) for a, b in zip(mixed, theirs, strict=True))
    return f"{number(mixed)} ({times:.2f} times better)"


def number(values: list[float]) -> str:
    value = statistics.median(values)
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def text_table(lines: Lines) -> str:
    """Columns padded for a terminal; the first line is the head."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def markdown_table(lines: Lines) -> str:
    """The same for a document."""
    head, *body = lines
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *body))
