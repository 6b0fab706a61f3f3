"""A picture of ratios: a bar for each measure, the range of the rounds, and what is wanted."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

from bench.report import Ratio

TEXT, BARS, LINE, MARGIN = 300, 420, 26, 40  # pixels
WON, LOST, WANTED = "#1b6ca8", "#c0392b", "#555555"
TICKS = (0.5, 1, 2, 4, 8, 16)


def chart(title: str, ratios: Sequence[Ratio]) -> str:
    """SVG. Lengths are logarithmic: twice as good is as far from the line at 1 as half as good."""
    low = min(0.5, *(ratio.least for ratio in ratios))
    high = max(4.0, *(max(ratio.most, ratio.measure.wanted or 1.0) for ratio in ratios))

    def at(times: float) -> float:
        return TEXT + BARS * math.log(times / low) / math.log(high / low)

    height = 2 * MARGIN + LINE * len(ratios)
    parts = [_text(TEXT + BARS / 2, 20, title, "middle")]
    for tick in TICKS:
        if low <= tick <= high:
            parts.append(_line(at(tick), MARGIN - 8, at(tick), height - MARGIN, "#000" if tick == 1 else "#ddd"))
            parts.append(_text(at(tick), height - MARGIN + 16, f"{tick:g} times", "middle"))
    for place, ratio in enumerate(ratios):
        parts += _bar(ratio, MARGIN + LINE * place + LINE / 2, at(1.0), at)
    size = f'width="{TEXT + BARS + MARGIN}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n"])


def _bar(ratio: Ratio, middle: float, one: float, at: Callable[[float], float]) -> list[str]:
    end, colour = at(ratio.median), WON if ratio.median >= 1 else LOST
    left, width = min(one, end), abs(end - one)
    wanted = ratio.measure.wanted
    return [
        _text(TEXT - 10, middle + 4, ratio.measure.text, "end"),
        f'<rect x="{left:.1f}" y="{middle - 7:.1f}" width="{width:.1f}" height="14" fill="{colour}"/>',
        _line(at(ratio.least), middle, at(ratio.most), middle, "#000"),
        *([_line(at(wanted), middle - 10, at(wanted), middle + 10, WANTED, 3)] if wanted else []),
    ]


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: int = 1) -> str:
    place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {place} stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
