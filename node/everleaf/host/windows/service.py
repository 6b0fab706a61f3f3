"""The node as a service of Windows: what the service control manager is told, and what it asks for.

It speaks with a thread of its own, from within StartServiceCtrlDispatcher, while the node keeps the main thread, which
alone hears Ctrl-C. What it asks for is passed on by name, as signals are elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from everleaf.errors import HostError, NodeError
from everleaf.host.abi import Abi, load
from everleaf.host.abi.structure import Structure
from everleaf.host.windows.api import Win32Error

NAME = "everleaf"
WAIT_HINT = 60_000  # milliseconds that a start or an end may take: right after boot an adapter is ready late
BUG = 70  # exit status of what nobody expected (EX_SOFTWARE)


class ServiceApi(Protocol):
    """The calls, so that a model can stand in for Windows. Each raises `Win32Error`."""

    def dispatch(self, name: str, main: Callable[[], None]) -> None:
        """Connect to the manager, which calls `main` in a thread; come back when the service has ended."""
        ...

    def register(self, name: str, heard: Callable[[int], int]) -> int:
        """From within `main`: who hears controls, and answers with an error's number. A handle for `set_status`."""
        ...

    def set_status(self, handle: int, status: bytes) -> None:
        """Tell a SERVICE_STATUS."""
        ...


class WindowsService:
    """Stands for the service manager where a node runs as a service."""

    def __init__(self, api: ServiceApi, abi: Abi | None = None) -> None:
        self._api = api
        self._abi = abi or load("windows")
        self._handle = 0
        self._refused: Win32Error | None = None
        self._connected = threading.Event()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._state = "SERVICE_START_PENDING"
        self._listener: Callable[[str], None] | None = None
        self._waiting: list[str] = []  # what was asked before anybody listened

    def run(self, work: Callable[[], int]) -> int:
        """Do `work` as the service; its exit status. Raises HostError when no service manager has started us."""
        thread = threading.Thread(target=self._dispatch, daemon=True)
        thread.start()
        self._connected.wait()
        if self._refused:
            raise HostError(
                f"no service manager has started this: {self._refused}", fix="run the node by hand: everleaf run"
            )
        status = BUG
        try:
            status = work()
        except NodeError as error:
            status = error.exit_code
            raise
        finally:
            self._tell("SERVICE_STOPPED", status)
            self._ended.set()
            thread.join()
        return status

    # --- what the node says -------------------------------------------------------------------------------------------

    def ready(self, status: str) -> None:  # noqa: ARG002
        """Started, or done reloading: the same to this manager."""
        self._tell("SERVICE_RUNNING")

    def reloading(self, now: float) -> None:
        """There is no such state."""

    def stopping(self) -> None:
        """On the way out."""
        self._tell("SERVICE_STOP_PENDING")

    def listen(self, to: Callable[[str], None]) -> None:
        """From now on `to` gets what is asked for, in any thread: SIGTERM or SIGHUP; first what was asked before."""
        with self._lock:
            self._listener = to
            waiting, self._waiting = self._waiting, []
        for name in waiting:
            to(name)

    # --- what the manager says ----------------------------------------------------------------------------------------

    def _dispatch(self) -> None:
        try:
            self._api.dispatch(NAME, self._main)
        except Win32Error as error:
            self._refused = error
        self._connected.set()

    def _main(self) -> None:
        try:
            self._handle = self._api.register(NAME, self._heard)
            self._tell(self._state)
        except Win32Error as error:
            self._refused = error
            return
        self._connected.set()
        self._ended.wait()

    def _heard(self, control: int) -> int:
        abi = self._abi
        if control == abi["SERVICE_CONTROL_INTERROGATE"]:
            self._tell(self._state)
        elif control == abi["SERVICE_CONTROL_PARAMCHANGE"]:
            self._ask("SIGHUP")
        elif control in (abi["SERVICE_CONTROL_STOP"], abi["SERVICE_CONTROL_SHUTDOWN"]):
            self._tell("SERVICE_STOP_PENDING")
            self._ask("SIGTERM")
        else:
            return abi["ERROR_CALL_NOT_IMPLEMENTED"]
        return abi["NO_ERROR"]

    def _ask(self, name: str) -> None:
        with self._lock:
            listener = self._listener
            if listener is None:
                self._waiting.append(name)
        if listener:
            listener(name)

    def _tell(self, state: str, exit_status: int = 0) -> None:
        if self._state == "SERVICE_STOPPED":
            return
        self._state = state
        abi, told = self._abi, Structure(self._abi, "SERVICE_STATUS")
        told.put("dwServiceType", abi["SERVICE_WIN32_OWN_PROCESS"])
        told.put("dwCurrentState", abi[state])
        if state == "SERVICE_RUNNING":
            accepted = ("SERVICE_ACCEPT_STOP", "SERVICE_ACCEPT_SHUTDOWN", "SERVICE_ACCEPT_PARAMCHANGE")
            told.put("dwControlsAccepted", sum(abi[name] for name in accepted))
        elif state != "SERVICE_STOPPED":
            told.put("dwWaitHint", WAIT_HINT)
        if exit_status:
            told.put("dwWin32ExitCode", abi["ERROR_SERVICE_SPECIFIC_ERROR"])
            told.put("dwServiceSpecificExitCode", exit_status)
        self._api.set_status(self._handle, bytes(told))
