"""The calls of `api.py` as this machine's DLLs answer them. Imported on Windows alone.

ctypes takes every integer for a C int unless told otherwise, which cuts handles and pointers in two: so each function
stands below with its types. One that this Windows lacks is ERROR_PROC_NOT_FOUND when it is called, not before.
"""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from ctypes import wintypes
from pathlib import Path
from typing import Any

from everleaf.host import program
from everleaf.host.abi import load
from everleaf.host.abi.structure import Structure
from everleaf.host.program import Completed
from everleaf.host.windows.api import Win32Error

assert sys.platform == "win32"  # type checkers read on only there

import winreg  # noqa: E402

LISTEN = 500  # milliseconds without hearing Ctrl-C, which Python notices between two calls only

_HANDLE, _DWORD, _BOOL, _TEXT, _ANY = wintypes.HANDLE, wintypes.DWORD, wintypes.BOOL, wintypes.LPCWSTR, ctypes.c_void_p
_CHANGED = ctypes.WINFUNCTYPE(None, _ANY, _ANY, ctypes.c_int)  # context, row, MIB_NOTIFICATION_TYPE
_HEARD = ctypes.WINFUNCTYPE(_BOOL, _DWORD)  # CTRL_..._EVENT
_LONGEST_PATH = 32768  # characters
_FAMILY = wintypes.USHORT
_NOTIFY = (_DWORD, (_FAMILY, _CHANGED, _ANY, wintypes.BOOLEAN, _ANY))
_PORTS = (_DWORD, (_ANY, _ANY, _BOOL, _DWORD, ctypes.c_int, _DWORD))
_for_good: list[object] = []  # what Windows calls back as long as we run
_INITIALIZE, _ROW, _TABLE = (None, (_ANY,)), (_DWORD, (_ANY,)), (_DWORD, (_FAMILY, _ANY))
_IPHLPAPI: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "InitializeUnicastIpAddressEntry": _INITIALIZE,
    "InitializeIpInterfaceEntry": _INITIALIZE,
    "InitializeIpForwardEntry": _INITIALIZE,
    "CreateUnicastIpAddressEntry": _ROW,
    "DeleteUnicastIpAddressEntry": _ROW,
    "GetIpInterfaceEntry": _ROW,
    "SetIpInterfaceEntry": _ROW,
    "CreateIpForwardEntry2": _ROW,
    "DeleteIpForwardEntry2": _ROW,
    "GetIfEntry2": _ROW,
    "GetIfTable2": _ROW,
    "GetUnicastIpAddressTable": _TABLE,
    "GetIpForwardTable2": _TABLE,
    "FreeMibTable": (None, (_ANY,)),
    "GetExtendedTcpTable": _PORTS,
    "GetExtendedUdpTable": _PORTS,
    "NotifyIpInterfaceChange": _NOTIFY,
    "NotifyUnicastIpAddressChange": _NOTIFY,
    "NotifyRouteChange2": _NOTIFY,
    "CancelMibChangeNotify2": (_DWORD, (_HANDLE,)),
}
_KERNEL32: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "CancelIoEx": (_BOOL, (_HANDLE, _ANY)),
    "CloseHandle": (_BOOL, (_HANDLE,)),
    "CreateEventW": (_HANDLE, (_ANY, _BOOL, _BOOL, _TEXT)),
    "CreateFileW": (_HANDLE, (_TEXT, _DWORD, _DWORD, _ANY, _DWORD, _DWORD, _HANDLE)),
    "CreateToolhelp32Snapshot": (_HANDLE, (_DWORD, _DWORD)),
    "DeviceIoControl": (_BOOL, (_HANDLE, _DWORD, _ANY, _DWORD, _ANY, _DWORD, _ANY, _ANY)),
    "GetOverlappedResult": (_BOOL, (_HANDLE, _ANY, _ANY, _BOOL)),
    "GetProcessTimes": (_BOOL, (_HANDLE, _ANY, _ANY, _ANY, _ANY)),
    "GetSystemDirectoryW": (wintypes.UINT, (_ANY, wintypes.UINT)),
    "OpenProcess": (_HANDLE, (_DWORD, _BOOL, _DWORD)),
    "Process32FirstW": (_BOOL, (_HANDLE, _ANY)),
    "Process32NextW": (_BOOL, (_HANDLE, _ANY)),
    "QueryFullProcessImageNameW": (_BOOL, (_HANDLE, _DWORD, _ANY, _ANY)),
    "ReadFile": (_BOOL, (_HANDLE, _ANY, _DWORD, _ANY, _ANY)),
    "SetConsoleCtrlHandler": (_BOOL, (_HEARD, _BOOL)),
    "SetEvent": (_BOOL, (_HANDLE,)),
    "WaitForMultipleObjects": (_DWORD, (_DWORD, _ANY, _BOOL, _DWORD)),
    "WriteFile": (_BOOL, (_HANDLE, _ANY, _DWORD, _ANY, _ANY)),
}
_WINTUN: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "WintunCreateAdapter": (_ANY, (_TEXT, _TEXT, _ANY)),
    "WintunOpenAdapter": (_ANY, (_TEXT,)),
    "WintunCloseAdapter": (None, (_ANY,)),
    "WintunGetAdapterLUID": (None, (_ANY, _ANY)),
    "WintunStartSession": (_ANY, (_ANY, _DWORD)),
    "WintunEndSession": (None, (_ANY,)),
    "WintunGetReadWaitEvent": (_HANDLE, (_ANY,)),
    "WintunReceivePacket": (_ANY, (_ANY, _ANY)),
    "WintunReleaseReceivePacket": (None, (_ANY, _ANY)),
    "WintunAllocateSendPacket": (_ANY, (_ANY, _DWORD)),
    "WintunSendPacket": (None, (_ANY, _ANY)),
}


class Dlls:
    """This Windows."""

    def __init__(self) -> None:
        self._abi = load("windows")
        self._kernel32 = _Dll("kernel32.dll", _KERNEL32)
        self._system = self._system_directory()
        self._iphlpapi = _Dll(rf"{self._system}\iphlpapi.dll", _IPHLPAPI)
        self._wintun = self._kernel32  # until it is loaded: has none of the functions
        self._callbacks: dict[int, Any] = {}  # ctypes forgets them otherwise, and Windows does not

    # --- IP Helper ----------------------------------------------------------------------------------------------------

    def row(self, function: str, row: bytes) -> bytes:
        buffer = ctypes.create_string_buffer(row, len(row))
        self._status(function, buffer)
        return buffer.raw

    def table(self, function: str, first: int, size: int, *, family: int | None = None) -> list[bytes]:
        start = ctypes.c_void_p()
        self._status(function, *(() if family is None else (family,)), ctypes.byref(start))
        try:
            at = start.value or 0
            count = _DWORD.from_address(at).value
            return [ctypes.string_at(at + first + number * size, size) for number in range(count)]
        finally:
            self._iphlpapi.call("FreeMibTable", start)

    def ports(self, function: str, family: int, kind: int, size: int) -> tuple[int, bytes]:
        needed, buffer = _DWORD(size), ctypes.create_string_buffer(size)
        try:
            self._status(function, buffer, ctypes.byref(needed), True, family, kind, 0)
        except Win32Error as error:
            if error.code != self._abi["ERROR_INSUFFICIENT_BUFFER"]:
                raise
            return needed.value, b""
        return needed.value, buffer.raw

    def notify(self, function: str, family: int, callback: Callable[[], None]) -> int:
        called, handle = _CHANGED(lambda _context, _row, _kind: callback()), _HANDLE()
        self._status(function, family, called, None, False, ctypes.byref(handle))
        number = handle.value or 0
        self._callbacks[number] = called
        return number

    def cancel_notify(self, handle: int) -> None:
        self._status("CancelMibChangeNotify2", handle)
        self._callbacks.pop(handle, None)

    # --- Wintun -------------------------------------------------------------------------------------------------------

    def load_wintun(self, path: str) -> None:
        self._wintun = _Dll(path, _WINTUN)

    def create_adapter(self, name: str, tunnel_type: str, guid: bytes) -> int:
        return self._wintun.get("WintunCreateAdapter", name, tunnel_type, guid)

    def open_adapter(self, name: str) -> int:
        return self._wintun.get("WintunOpenAdapter", name)

    def close_adapter(self, adapter: int) -> None:
        self._wintun.call("WintunCloseAdapter", adapter)

    def adapter_luid(self, adapter: int) -> int:
        luid = ctypes.c_uint64()
        self._wintun.call("WintunGetAdapterLUID", adapter, ctypes.byref(luid))
        return luid.value

    def start_session(self, adapter: int, capacity: int) -> int:
        return self._wintun.get("WintunStartSession", adapter, capacity)

    def end_session(self, session: int) -> None:
        self._wintun.call("WintunEndSession", session)

    def read_wait_event(self, session: int) -> int:
        return self._wintun.get("WintunGetReadWaitEvent", session)

    def receive_packet(self, session: int) -> bytes:
        size = _DWORD()
        packet = self._wintun.get("WintunReceivePacket", session, ctypes.byref(size))
        try:
            return ctypes.string_at(packet, size.value)
        finally:
            self._wintun.call("WintunReleaseReceivePacket", session, packet)

    def send_packet(self, session: int, packet: bytes) -> None:
        room = self._wintun.get("WintunAllocateSendPacket", session, len(packet))
        ctypes.memmove(room, packet, len(packet))
        self._wintun.call("WintunSendPacket", session, room)

    # --- files and events ---------------------------------------------------------------------------------------------

    def open_device(self, path: str) -> int:
        access = self._abi["GENERIC_READ"] | self._abi["GENERIC_WRITE"]
        flags = self._abi["FILE_ATTRIBUTE_SYSTEM"] | self._abi["FILE_FLAG_OVERLAPPED"]
        return self._kernel32.handle("CreateFileW", path, access, 0, None, self._abi["OPEN_EXISTING"], flags, None)

    def control(self, handle: int, code: int, argument: bytes, size: int) -> bytes:
        answer = ctypes.create_string_buffer(size)
        moved = self._transfer("DeviceIoControl", handle, (code, argument, len(argument), answer, size))
        return answer.raw[:moved]

    def read(self, handle: int, size: int, stop: int) -> bytes:
        buffer = ctypes.create_string_buffer(size)
        try:
            moved = self._transfer("ReadFile", handle, (buffer, size), stop)
        except Win32Error as error:
            if error.code == self._abi["ERROR_OPERATION_ABORTED"] and self.wait((stop,), 0):
                return b""
            raise
        return buffer.raw[:moved]

    def write(self, handle: int, data: bytes) -> None:
        self._transfer("WriteFile", handle, (data, len(data)))

    def close_handle(self, handle: int) -> None:
        self._kernel32.get("CloseHandle", handle)

    def create_event(self) -> int:
        return self._kernel32.get("CreateEventW", None, True, False, None)

    def set_event(self, event: int) -> None:
        self._kernel32.get("SetEvent", event)

    def wait(self, events: Sequence[int], seconds: float) -> bool:
        handles = (_HANDLE * len(events))(*events)
        first: int = self._kernel32.call("WaitForMultipleObjects", len(events), handles, False, int(seconds * 1000))
        if first == self._abi["WAIT_FAILED"]:
            raise _refused("WaitForMultipleObjects", ctypes.get_last_error())
        return first != self._abi["WAIT_TIMEOUT"]

    # --- processes ----------------------------------------------------------------------------------------------------

    def processes(self) -> list[bytes]:
        snapshot = self._kernel32.handle("CreateToolhelp32Snapshot", self._abi["TH32CS_SNAPPROCESS"], 0)
        try:
            return list(self._entries(snapshot))
        finally:
            self.close_handle(snapshot)

    def open_process(self, pid: int, access: int) -> int:
        return self._kernel32.get("OpenProcess", access, False, pid)

    def started(self, process: int) -> int:
        created, *others = (ctypes.create_string_buffer(self._abi.sizeof("FILETIME")) for _ in range(4))
        self._kernel32.get("GetProcessTimes", process, created, *others)
        time = Structure(self._abi, "FILETIME", created.raw)
        return time.get("dwHighDateTime") << 32 | time.get("dwLowDateTime")

    def program_of(self, pid: int) -> str:
        process = self.open_process(pid, self._abi["PROCESS_QUERY_LIMITED_INFORMATION"])
        try:
            size, buffer = _DWORD(_LONGEST_PATH), ctypes.create_unicode_buffer(_LONGEST_PATH)
            self._kernel32.get("QueryFullProcessImageNameW", process, 0, buffer, ctypes.byref(size))
            return buffer.value
        finally:
            self.close_handle(process)

    def console(self, heard: Callable[[int], bool]) -> None:
        handler = _HEARD(heard)
        _for_good.append(handler)
        self._kernel32.get("SetConsoleCtrlHandler", handler, True)

    # --- the rest -----------------------------------------------------------------------------------------------------

    def registry_keys(self, path: str) -> list[str]:
        try:
            with _registry(path) as key:
                return [winreg.EnumKey(key, number) for number in range(winreg.QueryInfoKey(key)[0])]
        except OSError:
            return []

    def registry_text(self, path: str, name: str) -> str:
        try:
            with _registry(path) as key:
                value = winreg.QueryValueEx(key, name)[0]
        except OSError:
            return ""
        return value if isinstance(value, str) else ""

    def directories(self) -> Sequence[str]:
        bundle = getattr(sys, "_MEIPASS", None)  # where a frozen file has unpacked itself
        beside = str(Path(sys.executable).parent)
        return [beside, *([bundle] if bundle else []), self._system]

    def run(self, command: Sequence[str]) -> Completed:
        """The system's own program, not one of the same name that lies about."""
        return program.run((rf"{self._system}\{command[0]}.exe", *command[1:]))

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    # --- how it is done -----------------------------------------------------------------------------------------------

    def _status(self, function: str, *arguments: object) -> None:
        """IP Helper returns its errors."""
        code = self._iphlpapi.call(function, *arguments)
        if code:
            raise _refused(function, code)

    def _entries(self, snapshot: int) -> Iterator[bytes]:
        entry = Structure(self._abi, "PROCESSENTRY32W")
        entry.put("dwSize", self._abi.sizeof("PROCESSENTRY32W"))
        buffer, function = ctypes.create_string_buffer(bytes(entry)), "Process32FirstW"
        while self._kernel32.call(function, snapshot, buffer):
            yield buffer.raw[: self._abi.sizeof("PROCESSENTRY32W")]
            function = "Process32NextW"
        code = ctypes.get_last_error()
        if code != self._abi["ERROR_NO_MORE_FILES"]:
            raise _refused(function, code)

    def _transfer(self, function: str, handle: int, arguments: tuple[object, ...], stop: int = 0) -> int:
        """Overlapped input or output from start to end; how many bytes it moved. Ends early when `stop` is set.

        Nothing leaves here before Windows has let go of the buffers, not even Ctrl-C.
        """
        done = self.create_event()
        record = Structure(self._abi, "OVERLAPPED")
        record.put("hEvent", done, self._abi.sizeof("pointer"))
        overlapped, moved = ctypes.create_string_buffer(bytes(record)), _DWORD()
        try:
            if not self._kernel32.call(function, handle, *arguments, None, overlapped):
                code = ctypes.get_last_error()
                if code != self._abi["ERROR_IO_PENDING"]:
                    raise _refused(function, code)
            try:
                while not self.wait((done, stop) if stop else (done,), LISTEN / 1000):
                    continue
            finally:
                if not self.wait((done,), 0):
                    with suppress(Win32Error):  # it was quicker
                        self._kernel32.get("CancelIoEx", handle, overlapped)
                result = self._kernel32.call("GetOverlappedResult", handle, overlapped, ctypes.byref(moved), True)
                code = ctypes.get_last_error()
            if not result:
                raise _refused(function, code)
            return moved.value
        finally:
            self.close_handle(done)

    def _system_directory(self) -> str:
        buffer = ctypes.create_unicode_buffer(_LONGEST_PATH)
        self._kernel32.get("GetSystemDirectoryW", buffer, _LONGEST_PATH)
        return buffer.value


class _Dll:
    """A library whose functions know their types."""

    def __init__(self, path: str, signatures: dict[str, tuple[Any, tuple[Any, ...]]]) -> None:
        try:
            self._library = ctypes.WinDLL(path, use_last_error=True)
        except OSError as error:  # FileNotFoundError without a code where Python cannot tell what is missing
            code = error.winerror or load("windows")["ERROR_MOD_NOT_FOUND"]
            raise _refused(f"LoadLibrary {path}", code) from error
        self._signatures = signatures

    def call(self, function: str, *arguments: object) -> Any:
        """What it returns."""
        result, types = self._signatures[function]
        try:
            found = getattr(self._library, function)
        except AttributeError:
            raise _refused(function, load("windows")["ERROR_PROC_NOT_FOUND"]) from None
        found.restype, found.argtypes = result, types
        return found(*arguments)

    def get(self, function: str, *arguments: object) -> int:
        """A handle, a pointer or TRUE; anything else is in GetLastError."""
        result = self.call(function, *arguments)
        if not result:
            raise _refused(function, ctypes.get_last_error())
        return int(result)

    def handle(self, function: str, *arguments: object) -> int:
        """A handle where 0 would be one, and INVALID_HANDLE_VALUE is none."""
        result: int | None = self.call(function, *arguments)
        if result is None or result == ctypes.c_void_p(-1).value:
            raise _refused(function, ctypes.get_last_error())
        return result


def _refused(call: str, code: int) -> Win32Error:
    return Win32Error(call, code, ctypes.FormatError(code).strip())


def _registry(path: str) -> winreg.HKEYType:
    return winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY)
