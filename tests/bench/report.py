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
    more_is_better: bool = False

    def advantage(self, ours: float, theirs: float) -> float:
        """How many times better we are; above 1 we win."""
        return ours / theirs if self.more_is_better else theirs / ours


MEASURES = {
    "tcp_rate": Measure("TCP stream, tcp link", "Gbit/s", more_is_better=True),
    "tcp_cpu": Measure("... CPU of both ends", "s/GB"),
    "mtu1420_rate": Measure("TCP stream, tcp link, MTU 1420", "Gbit/s", more_is_better=True),
    "mtu1420_cpu": Measure("... CPU of both ends", "s/GB"),
    "tls_rate": Measure("TCP stream, tls link", "Gbit/s", more_is_better=True),
    "tls_cpu": Measure("... CPU of both ends", "s/GB"),
    "chain_rate": Measure("TCP stream through a third node", "Gbit/s", more_is_better=True),
    "chain_cpu": Measure("... CPU of the third node", "s/GB"),
    "small_rate": Measure("64-byte packets delivered", "1000/s", more_is_better=True),
    "small_cpu": Measure("... CPU of both ends", "us each"),
    "idle_p50": Measure("ping, idle, median", "us"),
    "idle_p99": Measure("ping, idle, 99 %", "us"),
    "loaded_p50": Measure("ping beside a stream, median", "us"),
    "loaded_p99": Measure("ping beside a stream, 99 %", "us"),
    "rss": Measure("memory after load, resident", "MB"),
    "pss": Measure("memory after load, shared pages by share", "MB"),
    "start": Measure("start until the admin socket answers", "ms"),
}
HEAD = ("", "unit", "everleaf", "yggdrasil", "times better", "(range)", "mixed pair")


def rows(rounds: Sequence[Round]) -> list[tuple[str, ...]]:
    """The table's lines; ratios are medians of each round's ratio, so that a busy machine hits both sides."""
    return [_row(name, measure, rounds) for name, measure in MEASURES.items()]


def _row(name: str, measure: Measure, rounds: Sequence[Round]) -> tuple[str, ...]:
    ours, theirs, mixed = (
        [numbers[contender][name] for numbers in rounds if name in numbers[contender]]
        for contender in ("everleaf", "yggdrasil", "mixed")
    )
    ratios = [measure.advantage(a, b) for a, b in zip(ours, theirs, strict=True)]
    return (
        measure.text,
        measure.unit,
        number(ours),
        number(theirs),
        f"{statistics.median(ratios):.2f}",
        f"{min(ratios):.2f} .. {max(ratios):.2f}",
        number(mixed) if mixed else "",
    )


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
