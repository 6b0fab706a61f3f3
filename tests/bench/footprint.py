"""Memory and start of every form of everleaf, beside the real node's."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.measures import start_time, stream
from bench.paths import PROGRAMS
from bench.report import number
from bench.usage import memory
from interop.net import Net
from interop.nodes import Everleaf, Identity, Node, Yggdrasil, peer, start

SECONDS = 5  # of load
THEIRS = "yggdrasil"
FORMS: dict[str, type[Node]] = {
    **{form: type("Everleaf", (Everleaf,), {"program": program}) for form, program in PROGRAMS.items()},
    THEIRS: Yggdrasil,
}
ROWS = {
    "idle_rss": ("idle, resident", "MB"),
    "idle_pss": ("idle, shared pages by share", "MB"),
    "load_rss": ("after load, resident", "MB"),
    "load_pss": ("after load, shared pages by share", "MB"),
    "start": ("start until the admin socket answers", "ms"),
}
HEAD = ("", "unit", *FORMS, *(f"{form}: part of theirs" for form in PROGRAMS))

Round = Mapping[str, Mapping[str, float]]  # form -> row -> number


def one_round(net: Net, turn: int, keys: Sequence[Identity]) -> Round:
    """Each form anew: a pair, then its start alone."""
    return {form: _pair(net, f"{form}{turn}-", kind, keys) for form, kind in FORMS.items()}


def _pair(net: Net, name: str, kind: type[Node], keys: Sequence[Identity]) -> dict[str, float]:
    """The node that receives, linked and idle, then after one TCP stream; and how long one takes to start."""
    dialler, listener = (_node(net, f"{name}{position}", kind, key) for position, key in enumerate(keys))
    peer(net, dialler, listener)
    start(dialler, listener)
    dialler.reaches(listener, 60)
    idle = memory(listener)
    stream([dialler, listener], SECONDS)
    load = memory(listener)
    for node in (dialler, listener):
        node.stop()
    found = start_time(_node(net, f"{name}start", kind, keys[0]))
    for when, sizes in {"idle": idle, "load": load}.items():
        found |= {f"{when}_{field}": size for field, size in sizes.items()}
    return found


def _node(net: Net, name: str, kind: type[Node], key: Identity) -> Node:
    node = kind(net.host(name), key)
    node.log_level = "info"
    return node


def measure(directory: Path, keys: Sequence[Identity], count: int) -> list[Round]:
    """All rounds."""
    net = Net(directory)
    try:
        rounds = []
        for turn in range(count):
            print(f"round {turn + 1} of {count}", file=sys.stderr)
            rounds.append(one_round(net, turn, keys))
    finally:
        net.close()
    return rounds


def rows(rounds: Sequence[Round]) -> list[tuple[str, ...]]:
    """The table's lines; a part of theirs is the median of each round's."""
    return [(*texts, *_cells(row, rounds)) for row, texts in ROWS.items()]


def _cells(row: str, rounds: Sequence[Round]) -> list[str]:
    medians = [number([found[form][row] for found in rounds]) for form in FORMS]
    parts = [statistics.median(found[form][row] / found[THEIRS][row] for found in rounds) for form in PROGRAMS]
    return [*medians, *(f"{part:.2f}" for part in parts)]
