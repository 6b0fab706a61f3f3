"""When the dialler calls; what it dials is seen in tests/interop."""

import asyncio

from everleaf.daemon.dialler import Dialler

LATE = 3600.0  # seconds


def rings(*delays: float) -> int:
    """How often a dialler called by the time that a call of the loop's own came, which was asked for last."""
    called = []

    async def life():
        dialler = Dialler(None, None, lambda: called.append(None))
        for delay in delays:
            dialler.later(delay)
        done = asyncio.Event()
        asyncio.get_running_loop().call_later(0, done.set)
        await done.wait()
        await dialler.stop()

    asyncio.run(life())
    return len(called)


def test_dialler_calls_when_the_earliest_time_has_come():
    assert [rings(0), rings(LATE, 0), rings(0, LATE), rings(0, 0), rings(LATE)] == [1, 1, 1, 1, 0]


def test_dialler_calls_again_when_it_is_asked_to_by_the_call():
    called = []

    async def life():
        dialler = Dialler(None, None, lambda: (called.append(None), len(called) < 3 and dialler.later(0)))
        dialler.later(0)
        while len(called) < 3:
            await asyncio.sleep(0)

    asyncio.run(life())
