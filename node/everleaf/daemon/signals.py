"""TERM, INT and HUP. They wait while nothing could clean up behind them: before the loop takes them, and after it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable

_NAMES = ("SIGTERM", "SIGINT", "SIGHUP")


def hold_back() -> None:
    """Let signals wait, until `deliver` or the end of the process."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, _signals())


def deliver(to: Callable[[str], None]) -> None:
    """From now on `to` gets the name of each signal, in the running loop; first of those that waited."""
    if sys.platform == "win32":
        _watch_console(to)
        return
    for number in _signals():
        asyncio.get_running_loop().add_signal_handler(number, to, number.name)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _signals())


def _signals() -> list[signal.Signals]:
    return [signal.Signals[name] for name in _NAMES]


def _watch_console(to: Callable[[str], None]) -> None:
    """Windows has no signals. What ends a program of its console is told as TERM."""
    if sys.platform == "win32":
        from everleaf.host.windows.console import Console  # noqa: PLC0415  there is none elsewhere
        from everleaf.host.windows.dlls import Dlls  # noqa: PLC0415

        loop = asyncio.get_running_loop()

        def pass_on() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: this is the end already
                loop.call_soon_threadsafe(to, "SIGTERM")

        Console(Dlls()).watch(pass_on)
