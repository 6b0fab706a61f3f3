"""Who has started a process of Windows, on a model of it: parents end, and others get their numbers."""

from __future__ import annotations

import pytest

from everleaf.errors import HostError
from everleaf.host.abi import load
from everleaf.host.windows.parent import WindowsParent
from host.windows.fake.windows import FakeWindows, Process

ABI = load("windows", "x86_64")
OTHER, PARENT, US = Process(4, 0, 1), Process(3000, 4, 100), Process(4000, 3000, 133)


@pytest.fixture
def windows() -> FakeWindows:
    machine = FakeWindows()
    machine.running = [OTHER, US, PARENT]
    return machine


def parent(windows: FakeWindows) -> WindowsParent:
    return WindowsParent(windows, US.pid, ABI)


def test_a_parent_is_gone_when_it_has_ended(windows):
    ours = parent(windows)
    assert (ours.pid, ours.gone()) == (PARENT.pid, False)
    windows.end(OTHER)
    assert not ours.gone()
    windows.end(PARENT)
    assert [ours.gone(), ours.gone()] == [True, True]


def test_who_gets_the_number_of_a_parent_is_none(windows):
    ours = parent(windows)
    windows.end(PARENT)
    windows.running.append(Process(PARENT.pid, 4, 200))
    assert ours.gone()


def test_a_parent_that_ended_before_we_looked_is_gone(windows):
    windows.end(PARENT)
    assert parent(windows).gone()
    windows.running.append(Process(PARENT.pid, 4, US.started + 1))
    assert parent(windows).gone()
    assert windows.open_handles() == 0


def test_a_clock_that_is_too_coarse_tells_no_parent_from_its_child(windows):
    windows.running = [Process(PARENT.pid, 4, US.started), US]
    assert not parent(windows).gone()


def test_one_handle_is_held(windows):
    parent(windows)
    assert windows.open_handles() == 1


def test_a_windows_that_does_not_let_us_look_is_told(windows):
    windows.guarded = {PARENT.pid}
    with pytest.raises(HostError, match=r"OpenProcess: error 5.*; run the everleaf.exe of the folder"):
        parent(windows)
