"""Who has started us, on Windows: there a process keeps its parent's number for good, and numbers are given out again.

Sources: PROCESSENTRY32, GetProcessTimes and WaitForMultipleObjects at learn.microsoft.com.
"""

from __future__ import annotations

from everleaf.errors import HostError
from everleaf.host.abi import Abi, load
from everleaf.host.abi.structure import Structure
from everleaf.host.windows.api import Win32Error, WindowsApi


class WindowsParent:
    """Holds the process itself until we end, so that none after it can pass for it."""

    def __init__(self, api: WindowsApi, ours: int, abi: Abi | None = None) -> None:
        """`ours` is our own number. Raises HostError when Windows does not let us look."""
        self._api = api
        self._abi = abi or load("windows")
        try:
            self.pid = self._parent_of(ours)
            self._handle = self._open(ours)  # 0: it had ended before we looked
        except Win32Error as error:
            fix = "run the everleaf.exe of the folder, which is one process"
            raise HostError(f"Windows does not show who has started this process: {error}", fix=fix) from error

    def gone(self) -> bool:
        """Whether it has ended."""
        return not self._handle or self._api.wait((self._handle,), 0)

    def _parent_of(self, pid: int) -> int:
        rows = (Structure(self._abi, "PROCESSENTRY32W", row) for row in self._api.processes())
        return next(row.get("th32ParentProcessID") for row in rows if row.get("th32ProcessID") == pid)

    def _open(self, ours: int) -> int:
        look = self._abi["PROCESS_QUERY_LIMITED_INFORMATION"]
        try:
            handle = self._api.open_process(self.pid, look | self._abi["SYNCHRONIZE"])
        except Win32Error as error:
            if error.code == self._abi["ERROR_INVALID_PARAMETER"]:  # nobody has this number
                return 0
            raise
        us = self._api.open_process(ours, look)
        older = self._api.started(handle) <= self._api.started(us)
        self._api.close_handle(us)
        if older:
            return handle
        self._api.close_handle(handle)  # one that got the number after our parent
        return 0
