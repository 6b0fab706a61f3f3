"""A call that blocks is waited for by its caller only."""

import asyncio
import threading

import pytest

from everleaf.links.background import in_background


def test_result_and_error_come_back():
    assert asyncio.run(in_background(lambda: 7)) == 7
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_background(lambda: 1 // 0))


def test_loop_ends_without_waiting_for_it():
    """With an executor the loop would wait, here for ever."""
    release, threads = threading.Event(), []

    def work():
        threads.append(threading.current_thread())
        release.wait()

    async def give_up():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(in_background(work), 0.01)

    asyncio.run(give_up())
    (thread,) = threads
    assert thread.is_alive()
    assert thread.daemon
    release.set()
    thread.join(5)
