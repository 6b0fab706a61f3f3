"""TERM, INT and HUP. They wait while nothing could clean up behind them: before the loop takes them, and after it."""

from __future__ import annotations

import asyncio
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
        _deliver_events(to)
        return
    for number in _signals():
        asyncio.get_running_loop().add_signal_handler(number, to, number.name)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _signals())


def _signals() -> list[signal.Signals]:
    return [signal.Signals[name] for name in _NAMES]


def _deliver_events(to: Callable[[str], None]) -> None:
    """Windows: Ctrl-C, and Ctrl-Break, which stands for a closed console, a logoff and a shutdown as well.

    Nothing wakes the loop for them, so they are heard at its next timer.
    """
    if sys.platform != "win32":
        return
    loop = asyncio.get_running_loop()

    def heard(number: int, _frame: object) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(to, signal.Signals(number).name)

    for number in (signal.SIGINT, signal.SIGBREAK, signal.SIGTERM):
        signal.signal(number, heard)
