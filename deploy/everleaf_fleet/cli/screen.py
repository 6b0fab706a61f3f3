"""Where tables are printed."""

from __future__ import annotations

import sys

from rich.console import Console

_PIPE_WIDTH = 160  # columns; a pipe has none of its own, and 80 would cut URIs


def screen() -> Console:
    """Standard output, as wide as the terminal; wide enough where there is none."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
