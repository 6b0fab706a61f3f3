"""Calls that block for as long as they like, such as the system's resolver, in threads that nobody has to wait for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def in_background(work: Callable[[], T]) -> T:
    """What `work` returns or raises. Who gives up waiting, or ends the program, leaves the thread to itself.

    An executor's threads would be waited for at the end of the loop.
    """
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()  # from here on nobody can cancel it, only stop waiting

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # whatever it is, it is for the caller
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(outcome)
