"""From measured networks to a table, exponents of growth, and pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise

from sim.scale import Scale

COLUMNS = {
    "settled": "settled, s",
    "answered": "all answered, s later",
    "depth": "depth",
    "join_bytes": "bytes to join, mean",
    "join_worst": "... of the busiest",
    "calm_bytes": "bytes a minute at rest",
    "lookup_frames": "frames per lookup",
    "infos_median": "announces held, median",
    "infos_max": "... most",
    "hops_max": "hops, most",
    "cpu": "CPU s per node",
}
WIDTH, HEIGHT, MARGIN = 640, 400, 60
COLOURS = ("#1b6ca8", "#c0392b", "#27ae60", "#8e44ad")


def table(rows: Sequence[Scale]) -> str:
    """Markdown, sorted by shape and size."""
    ordered = sorted(rows, key=lambda row: (row.shape, row.size))
    lines = [("shape", "nodes", *COLUMNS.values()), ("---",) * (len(COLUMNS) + 2)]
    lines += [(row.shape, str(row.size), *(_text(asdict(row)[name]) for name in COLUMNS)) for row in ordered]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def growth(rows: Sequence[Scale]) -> str:
    """Markdown: for every shape the exponent of N, by least squares on logarithms; 0 is constant, 1 linear."""
    lines = [("shape", *COLUMNS.values()), ("---",) * (len(COLUMNS) + 1)]
    for shape, group in _groups(rows).items():
        fits = (exponent([row.size for row in group], [asdict(row)[name] for row in group]) for name in COLUMNS)
        lines.append((shape, *(f"{fit:.2f}" for fit in fits)))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The slope of log value over log size; NaN for fewer than two sizes."""
    xs, ys = [math.log(size) for size in sizes], [math.log(value) for value in values]
    middle, level = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle) ** 2 for x in xs)
    return sum((x - middle) * (y - level) for x, y in zip(xs, ys, strict=True)) / spread if spread else math.nan


def chart(rows: Sequence[Scale], name: str) -> str:
    """SVG: one column over the number of nodes, both logarithmic; a line for each shape."""
    groups = _groups(rows)
    points = [(row.size, asdict(row)[name]) for row in rows]
    xs, ys = ([math.log10(point[axis]) for point in points] for axis in (0, 1))
    parts = [_label(WIDTH / 2, 24, COLUMNS[name]), *_ticks(sorted({row.size for row in rows}), xs, ys)]
    for colour, (shape, group) in zip(COLOURS, groups.items(), strict=False):
        line = [_point(math.log10(row.size), math.log10(asdict(row)[name]), xs, ys) for row in group]
        parts += [
            f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" stroke="{colour}"/>'
            for a, b in pairwise(line)
        ]
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in line]
        parts.append(_label(line[-1][0], line[-1][1] - 8, shape, colour))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n"])


def _groups(rows: Sequence[Scale]) -> dict[str, list[Scale]]:
    shapes = dict.fromkeys(row.shape for row in rows)
    return {shape: sorted((r for r in rows if r.shape == shape), key=lambda r: r.size) for shape in shapes}


def _ticks(sizes: Sequence[int], xs: Sequence[float], ys: Sequence[float]) -> list[str]:
    across = [_label(_point(math.log10(size), min(ys), xs, ys)[0], HEIGHT - 20, str(size)) for size in sizes]
    up = [_label(30, _point(min(xs), value, xs, ys)[1], f"{10**value:.3g}") for value in (min(ys), max(ys))]
    return [*across, *up]


def _point(x: float, y: float, xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    across = (x - min(xs)) / ((max(xs) - min(xs)) or 1)
    up = (y - min(ys)) / ((max(ys) - min(ys)) or 1)
    return MARGIN + across * (WIDTH - 2 * MARGIN), HEIGHT - MARGIN - up * (HEIGHT - 2 * MARGIN)


def _label(x: float, y: float, text: str, colour: str = "black") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" text-anchor="middle" fill="{colour}">{text}</text>'


def _text(value: float) -> str:
    return f"{value:.4f}" if 0 < value < 0.1 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
