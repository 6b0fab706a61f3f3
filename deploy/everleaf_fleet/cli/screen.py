"""Where tables are printed, and where people see how far a command is."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_PIPE_WIDTH = 160  # columns; a pipe has none of its own, and 80 would cut URIs


def screen() -> Console:
    """Standard output, as wide as the terminal; wide enough where there is none."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def watched() -> Progress:
    """Bars on standard error, one line for each task; silent when nobody watches."""
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)
