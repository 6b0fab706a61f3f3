"""A service of Windows on a model of its control manager, which calls from a thread and remembers what it hears."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from everleaf.errors import HostError, NodeError
from everleaf.host.abi import load
from everleaf.host.abi.structure import Structure
from everleaf.host.windows.api import Win32Error
from everleaf.host.windows.interface import LOOK_EVERY, LOOKS
from everleaf.host.windows.interface import PATIENCE as PATIENCE_WITH_IP
from everleaf.host.windows.service import BUG, WindowsService

ABI = load("windows", "x86_64")
STATES = {ABI[f"SERVICE_{name}"]: name for name in ("START_PENDING", "RUNNING", "STOP_PENDING", "STOPPED")}
PATIENCE = 10.0  # seconds


class Manager:
    """Models StartServiceCtrlDispatcherW and what it calls, after learn.microsoft.com's pages on service programs.

    A service goes from SERVICE_START_PENDING to SERVICE_STOPPED, after which no status may be told; controls come in
    another thread, and are over when its handler returns.
    """

    def __init__(self, *, started_us: bool = True) -> None:
        self.started_us = started_us
        self.told: list[tuple[str, int, int]] = []  # state, accepted controls, the service's own exit status
        self.news = threading.Condition()
        self.handler: Callable[[int], int] | None = None

    def dispatch(self, name: str, main: Callable[[], None]) -> None:
        if not self.started_us:
            raise Win32Error(
                "StartServiceCtrlDispatcher", ABI["ERROR_FAILED_SERVICE_CONTROLLER_CONNECT"], "not a service"
            )
        assert name == "everleaf"
        thread = threading.Thread(target=main)
        thread.start()
        thread.join(PATIENCE)
        assert not thread.is_alive()

    def register(self, name: str, heard: Callable[[int], int]) -> int:
        assert name == "everleaf"
        self.handler = heard
        return 7

    def set_status(self, handle: int, status: bytes) -> None:
        assert handle == 7
        seen = Structure(ABI, "SERVICE_STATUS", status)
        assert seen.get("dwServiceType") == ABI["SERVICE_WIN32_OWN_PROCESS"]
        with self.news:
            assert not self.told or self.told[-1][0] != "STOPPED"
            self.told.append(
                (
                    STATES[seen.get("dwCurrentState")],
                    seen.get("dwControlsAccepted"),
                    seen.get("dwServiceSpecificExitCode"),
                )
            )
            assert bool(self.told[-1][2]) == (seen.get("dwWin32ExitCode") == ABI["ERROR_SERVICE_SPECIFIC_ERROR"])
            self.news.notify_all()

    def send(self, control: str) -> int:
        """As `sc` does, once the service says that it runs; what the handler answers."""
        with self.news:
            assert self.news.wait_for(lambda: self.told and self.told[-1][0] != "START_PENDING", PATIENCE)
        assert self.handler
        return self.handler(ABI[f"SERVICE_CONTROL_{control}"])

    @property
    def states(self) -> list[str]:
        return [state for state, _, _ in self.told]


class Node:
    """Works until it is asked to end, as the daemon does."""

    def __init__(self, service: WindowsService) -> None:
        self.service = service
        self.asked: list[str] = []
        self._stop = threading.Event()

    def hear(self, name: str) -> None:
        self.asked.append(name)
        if name == "SIGTERM":
            self._stop.set()

    def work(self) -> int:
        assert threading.current_thread() is threading.main_thread()
        self.service.listen(self.hear)
        self.service.ready("running")
        assert self._stop.wait(PATIENCE)
        self.service.stopping()
        return 0


def served(manager: Manager, *controls: str) -> tuple[Node, list[int], int]:
    """A node under this manager, which sends it controls; what the handler answered, and the exit status."""
    service = WindowsService(manager, ABI)
    node, answers = Node(service), []
    sender = threading.Thread(target=lambda: answers.extend(map(manager.send, controls)))
    sender.start()
    status = service.run(node.work)
    sender.join(PATIENCE)
    return node, answers, status


@pytest.mark.parametrize("end", ["STOP", "SHUTDOWN"])
def test_a_service_runs_until_it_is_stopped(end):
    manager = Manager()
    node, answers, status = served(manager, end)
    assert manager.states == ["START_PENDING", "RUNNING", "STOP_PENDING", "STOP_PENDING", "STOPPED"]
    assert (node.asked, answers, status) == (["SIGTERM"], [ABI["NO_ERROR"]], 0)
    accepted = [ABI[f"SERVICE_ACCEPT_{name}"] for name in ("STOP", "SHUTDOWN", "PARAMCHANGE")]
    assert [accepts for _, accepts, _ in manager.told] == [0, sum(accepted), 0, 0, 0]


def test_a_changed_parameter_is_a_reload_and_anything_unknown_is_refused():
    manager = Manager()
    node, answers, _ = served(manager, "PARAMCHANGE", "INTERROGATE", "PARAMCHANGE", "STOP")
    assert node.asked == ["SIGHUP", "SIGHUP", "SIGTERM"]
    assert answers == [ABI["NO_ERROR"]] * 4
    assert manager.states[:3] == ["START_PENDING", "RUNNING", "RUNNING"]  # the second answers the question
    assert manager.handler
    assert manager.handler(12345) == ABI["ERROR_CALL_NOT_IMPLEMENTED"]


def test_what_is_asked_before_anybody_listens_is_not_lost():
    manager = Manager()
    service = WindowsService(manager, ABI)
    heard: list[str] = []

    def work() -> int:
        assert manager.handler
        manager.handler(ABI["SERVICE_CONTROL_PARAMCHANGE"])
        manager.handler(ABI["SERVICE_CONTROL_STOP"])
        service.listen(heard.append)
        return 0

    assert service.run(work) == 0
    assert heard == ["SIGHUP", "SIGTERM"]


def test_a_node_that_cannot_start_tells_its_exit_status():
    manager = Manager()

    def refuse() -> int:
        raise HostError("no TUN", fix="get one")

    with pytest.raises(HostError):
        WindowsService(manager, ABI).run(refuse)
    assert manager.told[-1] == ("STOPPED", 0, HostError.exit_code)


def test_a_bug_ends_the_service_with_a_failure_that_restarts_it():
    manager = Manager()

    def break_down() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        WindowsService(manager, ABI).run(break_down)
    assert manager.told[-1] == ("STOPPED", 0, BUG)


def test_who_starts_it_by_hand_is_told_what_to_do():
    with pytest.raises(HostError, match=r"no service manager has started this: .*error 1063.*; run the node by hand"):
        WindowsService(Manager(started_us=False), ABI).run(lambda: 0)


def test_manager_waits_longer_for_a_start_than_the_start_for_an_adapter():
    told = []
    manager = Manager()
    manager.set_status = lambda _, status: told.append(Structure(ABI, "SERVICE_STATUS", status))
    WindowsService(manager, ABI).run(lambda: 0)
    assert told[0].get("dwCurrentState") == ABI["SERVICE_START_PENDING"]
    assert told[0].get("dwWaitHint") / 1000 > PATIENCE_WITH_IP + LOOKS * LOOK_EVERY


def test_errors_of_the_operator_have_an_exit_status():
    assert NodeError.exit_code not in (0, BUG)
