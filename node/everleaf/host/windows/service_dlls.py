"""The calls of `service.py` as advapi32.dll answers them. Imported on Windows alone."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from ctypes import wintypes

from everleaf.host.abi import load
from everleaf.host.abi.structure import Structure
from everleaf.host.windows.api import Win32Error

assert sys.platform == "win32"  # type checkers read on only there

_MAIN = ctypes.WINFUNCTYPE(None, wintypes.DWORD, ctypes.c_void_p)  # argc, argv
_HEARD = ctypes.WINFUNCTYPE(wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, ctypes.c_void_p)


class ServiceDlls:
    """As `ServiceApi` says. What Windows calls back must outlive the call, so it is kept here."""

    def __init__(self) -> None:
        self._abi = load("windows")
        self._library = ctypes.WinDLL("advapi32", use_last_error=True)
        self._library.StartServiceCtrlDispatcherW.argtypes = (ctypes.c_void_p,)
        self._library.RegisterServiceCtrlHandlerExW.argtypes = (wintypes.LPCWSTR, _HEARD, ctypes.c_void_p)
        self._library.RegisterServiceCtrlHandlerExW.restype = ctypes.c_void_p
        self._library.SetServiceStatus.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        self._kept: list[object] = []

    def dispatch(self, name: str, main: Callable[[], None]) -> None:
        entry = _MAIN(lambda _count, _words: main())
        text = ctypes.create_unicode_buffer(name)
        row, end = (Structure(self._abi, "SERVICE_TABLE_ENTRYW") for _ in range(2))
        pointer = self._abi.sizeof("pointer")
        row.put("lpServiceName", ctypes.addressof(text), pointer)
        row.put("lpServiceProc", ctypes.cast(entry, ctypes.c_void_p).value or 0, pointer)
        table = ctypes.create_string_buffer(bytes(row) + bytes(end))
        self._kept += [entry, text, table]
        if not self._library.StartServiceCtrlDispatcherW(table):
            raise _refused("StartServiceCtrlDispatcher")

    def register(self, name: str, heard: Callable[[int], int]) -> int:
        handler = _HEARD(lambda control, _event, _data, _context: heard(control))
        self._kept.append(handler)
        handle: int | None = self._library.RegisterServiceCtrlHandlerExW(name, handler, None)
        if not handle:
            raise _refused("RegisterServiceCtrlHandlerEx")
        return handle

    def set_status(self, handle: int, status: bytes) -> None:
        if not self._library.SetServiceStatus(handle, ctypes.create_string_buffer(status)):
            raise _refused("SetServiceStatus")


def _refused(call: str) -> Win32Error:
    code = ctypes.get_last_error()
    return Win32Error(call, code, ctypes.FormatError(code).strip())
