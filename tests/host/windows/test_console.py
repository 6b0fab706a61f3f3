"""What the console of a Windows program tells, on a model of it."""

from __future__ import annotations

import pytest

from everleaf.host.abi import load
from everleaf.host.windows.console import Console
from host.windows.fake.windows import FakeWindows

ABI = load("windows", "x86_64")


@pytest.fixture
def windows() -> FakeWindows:
    return FakeWindows()


@pytest.mark.parametrize("event", ["CTRL_CLOSE_EVENT", "CTRL_SHUTDOWN_EVENT"])
def test_windows_is_held_up_until_we_have_ended(windows, event):
    """It ends a program whose handler has returned."""
    steps = []
    Console(windows, ABI, wait=lambda: steps.append("wait")).watch(lambda: steps.append("the end"))
    assert windows.tell_console(ABI[event])
    assert steps == ["the end", "wait"]


@pytest.mark.parametrize("event", ["CTRL_C_EVENT", "CTRL_BREAK_EVENT"])
def test_keys_end_us_and_nobody_waits(windows, event):
    """Nor does Python raise KeyboardInterrupt besides."""
    steps = []
    windows.console(lambda _: bool(steps.append("Python")))
    Console(windows, ABI, wait=lambda: steps.append("wait")).watch(lambda: steps.append("the end"))
    assert windows.tell_console(ABI[event])
    assert steps == ["the end"]


def test_a_user_who_logs_off_is_nothing_to_a_service(windows):
    """Nor to what Python makes of it, which is Ctrl-Break."""
    steps = []
    windows.console(lambda _: bool(steps.append("Python")))
    Console(windows, ABI, wait=lambda: steps.append("wait")).watch(lambda: steps.append("the end"))
    assert windows.tell_console(ABI["CTRL_LOGOFF_EVENT"])
    assert steps == []
