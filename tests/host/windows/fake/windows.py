"""A machine with Windows for one process: `WindowsApi` on top of a model of its stack and drivers.

Misuse that a real machine would answer with a crash or a leak is an assertion here: handles closed twice or never,
structures of a wrong size, a notification cancelled from within its callback.
Source of the port tables: tcpmib.h, udpmib.h; GetExtendedTcpTable at learn.microsoft.com. Of processes: tlhelp32.h;
OpenProcess and "Process Security and Access Rights" there.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from everleaf.host.program import Completed
from everleaf.host.windows.api import Win32Error
from host.windows.fake.drivers import OPERATION_ABORTED, Tap, WintunDriver
from host.windows.fake.netsh import netsh
from host.windows.fake.stack import ACCESS_DENIED, FILE_NOT_FOUND, INVALID_PARAMETER, OK, Adapter, Stack

PROGRAM, SYSTEM = r"C:\Program Files\everleaf", r"C:\Windows\system32"
CLASS = r"SYSTEM\CurrentControlSet\Control\Class\{4D36E972-E325-11CE-BFC1-08002BE10318}"
NETWORK = r"SYSTEM\CurrentControlSet\Control\Network\{4D36E972-E325-11CE-BFC1-08002BE10318}"
QUERY_LIMITED_INFORMATION, SYNCHRONIZE = 0x1000, 0x10_0000  # rights to a process
NOTIFICATIONS = ("NotifyIpInterfaceChange", "NotifyUnicastIpAddressChange", "NotifyRouteChange2")


@dataclass(frozen=True)
class Process:
    """One that runs."""

    pid: int
    parent: int
    started: int  # in units of 100 ns


@dataclass(frozen=True)
class Socket:
    """A row of a port table."""

    protocol: str
    address: bytes
    port: int
    pid: int
    listens: bool = True


class FakeWindows:
    """An administrator's session, wintun.dll beside the program, unless a test says otherwise."""

    def __init__(self) -> None:
        self.stack = Stack()
        self.stack.changed = self.news
        self.wintun = WintunDriver(self.stack, {rf"{PROGRAM}\wintun.dll"})
        self.taps: list[Tap] = []
        self.sockets: list[Socket] = []
        self.programs: dict[int, str] = {}
        self.running: list[Process] = []
        self.console_heard: list[Callable[[int], bool]] = []
        self.guarded: set[int] = set()  # processes that may not be opened
        self.commands: list[tuple[str, ...]] = []
        self.answers: list[Completed] = []  # of the next commands, instead of what netsh would do
        self.now = 0.0
        self.later: list[tuple[float, Callable[[], None]]] = []
        self.port_tables_grow = 0  # how often a table has grown by the time it is asked for again
        self._events: dict[int, bool] = {}
        self._opened: dict[int, tuple[Process, int]] = {}  # handles of processes, and what they are good for
        self._wake = threading.Condition()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._calling = False
        self._handle = 0x1_0000_0000

    # --- what a test does --------------------------------------------------------------------------------------------

    def add_tap(self, alias: str, instance: str, **values: object) -> Tap:
        """An administrator makes a TAP-Windows6 adapter."""
        tap = Tap(self.stack.add(alias, status=2), instance, **values)  # type: ignore[arg-type]
        self.taps.append(tap)
        return tap

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Let something happen while the backend waits."""
        self.later.append((self.now + seconds, event))

    def deliver(self, adapter: Adapter, packet: bytes) -> None:
        """Windows sends a packet into a Wintun adapter."""
        session = next(each for each in self.wintun.sessions.values() if each.adapter is adapter)
        session.waiting.append(packet)
        self.set_event(session.event)

    def tell_console(self, event: int) -> bool:
        """Whether anybody has dealt with it. The last who asked to hear is the first who does."""
        return any(heard(event) for heard in self.console_heard)

    def end(self, process: Process) -> None:
        """Its number is free again."""
        self.running.remove(process)

    def kill(self) -> None:
        """The process ends without a word; the system closes what it had open."""
        for session in list(self.wintun.sessions):
            self.wintun.end(session)
        for handle in list(self.wintun.handles):
            self.wintun.close(handle)
        for tap in self.taps:
            tap.close()
        self._events.clear()
        self._callbacks.clear()

    def news(self) -> None:
        for callback in list(self._callbacks.values()):
            self._calling = True
            callback()
            self._calling = False

    def open_handles(self) -> int:
        """What a test expects to be none at the end."""
        used = [tap for tap in self.taps if tap.handle]
        tables = (self._events, self._opened, self._callbacks, self.wintun.handles, self.wintun.sessions, used)
        return sum(len(table) for table in tables)

    # --- IP Helper ---------------------------------------------------------------------------------------------------

    def row(self, function: str, row: bytes) -> bytes:
        code, answer = self.stack.row(function, row)
        self._check(function, code)
        return answer

    def table(self, function: str, first: int, size: int, *, family: int | None = None) -> list[bytes]:
        code, table = self.stack.table(function, family)
        self._check(function, code)
        count = struct.unpack_from("<I", table)[0]
        return [table[first + number * size : first + (number + 1) * size] for number in range(count)]

    def ports(self, function: str, family: int, kind: int, size: int) -> tuple[int, bytes]:
        tcp = function == "GetExtendedTcpTable"
        if (kind, family) not in ([(3, 2), (3, 23)] if tcp else [(1, 2), (1, 23)]):
            raise Win32Error(function, INVALID_PARAMETER)
        rows = [
            _port_row(each, tcp=tcp)
            for each in self.sockets
            if each.protocol == ("tcp" if tcp else "udp")
            and len(each.address) == (4 if family == 2 else 16)
            and (each.listens or not tcp)
        ]
        if self.port_tables_grow:
            self.port_tables_grow -= 1
            return size + 1 + 100_000, b""
        table = struct.pack("<I", len(rows)) + b"".join(rows)
        return len(table), table.ljust(size, b"\xee") if len(table) <= size else b""

    def notify(self, function: str, family: int, callback: Callable[[], None]) -> int:
        if function not in NOTIFICATIONS or family not in (0, 2, 23):
            raise Win32Error(function, INVALID_PARAMETER)
        if self.stack.refuse.get(function):
            raise Win32Error(function, self.stack.refuse[function].pop(0))
        self._callbacks[self._new_handle()] = callback
        return self._handle

    def cancel_notify(self, handle: int) -> None:
        assert not self._calling, "CancelMibChangeNotify2 in a callback waits for itself"
        del self._callbacks[handle]

    # --- Wintun ------------------------------------------------------------------------------------------------------

    def load_wintun(self, path: str) -> None:
        self._check(f"LoadLibrary {path}", self.wintun.load(path))

    def create_adapter(self, name: str, tunnel_type: str, guid: bytes) -> int:
        return self._got("WintunCreateAdapter", self.wintun.create(name, tunnel_type, guid))

    def open_adapter(self, name: str) -> int:
        return self._got("WintunOpenAdapter", self.wintun.open(name))

    def close_adapter(self, adapter: int) -> None:
        self.wintun.close(adapter)

    def adapter_luid(self, adapter: int) -> int:
        return self.wintun.handles[adapter][0].luid

    def start_session(self, adapter: int, capacity: int) -> int:
        event = self.create_event()
        code, session = self.wintun.start(adapter, capacity, event)
        if code:
            self.close_handle(event)
        return self._got("WintunStartSession", (code, session))

    def end_session(self, session: int) -> None:
        event = self.wintun.sessions[session].event
        self.wintun.end(session)
        del self._events[event]

    def read_wait_event(self, session: int) -> int:
        return self.wintun.sessions[session].event

    def receive_packet(self, session: int) -> bytes:
        code, packet = self.wintun.receive(session)
        self._check("WintunReceivePacket", code)
        return packet

    def send_packet(self, session: int, packet: bytes) -> None:
        self._check("WintunAllocateSendPacket", self.wintun.send(session, packet))

    # --- files and events --------------------------------------------------------------------------------------------

    def open_device(self, path: str) -> int:
        tap = next((each for each in self.taps if path == rf"\\.\Global\{each.instance}.tap"), None)
        handle = self._new_handle()
        self._check("CreateFileW", tap.open(handle, elevated=self.stack.elevated) if tap else FILE_NOT_FOUND)
        return handle

    def control(self, handle: int, code: int, argument: bytes, size: int) -> bytes:
        assert argument, "TAP-Windows refuses a request without input"
        error, answer = self._tap(handle).control(code, argument, size)
        self._check("DeviceIoControl", error)
        return answer

    def read(self, handle: int, size: int, stop: int) -> bytes:
        tap = self._tap(handle)
        if not tap.connected:
            raise Win32Error("ReadFile", OPERATION_ABORTED)
        with self._wake:
            self._wake.wait_for(lambda: tap.waiting or self._events[stop])
            return tap.waiting.popleft()[:size] if tap.waiting else b""

    def write(self, handle: int, data: bytes) -> None:
        self._check("WriteFile", self._tap(handle).write(data))

    def close_handle(self, handle: int) -> None:
        assert all(handle != each.event for each in self.wintun.sessions.values()), "the event is the session's"
        if handle in self._events:
            del self._events[handle]
        elif handle in self._opened:
            del self._opened[handle]
        else:
            self._tap(handle).close()

    def create_event(self) -> int:
        self._events[self._new_handle()] = False
        return self._handle

    def set_event(self, event: int) -> None:
        with self._wake:
            self._events[event] = True
            self._wake.notify_all()

    def wait(self, events: Sequence[int], seconds: float) -> bool:
        with self._wake:
            got = self._wake.wait_for(lambda: any(map(self._is_set, events)), seconds)
            for session in self.wintun.sessions.values():  # the session's event resets itself
                self._events[session.event] = False
            return got

    # --- processes ---------------------------------------------------------------------------------------------------

    def processes(self) -> list[bytes]:
        rows = [struct.pack("<III4xQIIIiI", 568, 0, each.pid, 0, 0, 1, each.parent, 8, 0) for each in self.running]
        return [row.ljust(568, b"\0") for row in rows]

    def open_process(self, pid: int, access: int) -> int:
        process = next((each for each in self.running if each.pid == pid), None)
        self._check("OpenProcess", OK if process else INVALID_PARAMETER)
        self._check("OpenProcess", ACCESS_DENIED if pid in self.guarded else OK)
        assert process
        self._opened[self._new_handle()] = process, access
        return self._handle

    def started(self, process: int) -> int:
        each, access = self._opened[process]
        self._check("GetProcessTimes", OK if access & QUERY_LIMITED_INFORMATION else ACCESS_DENIED)
        return each.started

    def program_of(self, pid: int) -> str:
        if pid not in self.programs:
            raise Win32Error("OpenProcess", ACCESS_DENIED)
        return self.programs[pid]

    def console(self, heard: Callable[[int], bool]) -> None:
        self.console_heard.insert(0, heard)

    # --- the rest ----------------------------------------------------------------------------------------------------

    def registry_keys(self, path: str) -> list[str]:
        return [f"{number:04}" for number in range(len(self.taps))] + ["Properties"] if path == CLASS else []

    def registry_text(self, path: str, name: str) -> str:
        for number, tap in enumerate(self.taps):
            if path == rf"{CLASS}\{number:04}":
                return {"ComponentId": tap.component, "NetCfgInstanceId": tap.instance}.get(name, "")
            if (path, name) == (rf"{NETWORK}\{tap.instance}\Connection", "Name"):
                return tap.adapter.alias
        return ""

    def directories(self) -> Sequence[str]:
        return [PROGRAM, SYSTEM]

    def run(self, command: Sequence[str]) -> Completed:
        self.commands.append(tuple(command))
        return self.answers.pop(0) if self.answers else netsh(self.stack, command)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        due = [event for at, event in self.later if at <= self.now]
        self.later = [(at, event) for at, event in self.later if at > self.now]
        for event in due:
            event()

    # --- how it is done ----------------------------------------------------------------------------------------------

    def _check(self, call: str, code: int) -> None:
        if code:
            raise Win32Error(call, code, "Windows sagt nein")

    def _got(self, call: str, answer: tuple[int, int]) -> int:
        self._check(call, answer[0])
        return answer[1]

    def _is_set(self, handle: int) -> bool:
        if handle not in self._opened:
            return self._events[handle]
        process, access = self._opened[handle]
        self._check("WaitForMultipleObjects", OK if access & SYNCHRONIZE else ACCESS_DENIED)
        return process not in self.running

    def _tap(self, handle: int) -> Tap:
        return next(tap for tap in self.taps if tap.handle == handle)  # StopIteration: a handle that is closed

    def _new_handle(self) -> int:
        self._handle += 4
        return self._handle


def _port_row(each: Socket, *, tcp: bool) -> bytes:
    port = struct.pack(">HH", each.port, 0xBEEF)  # the upper two bytes may hold anything
    if len(each.address) == 4:
        return (
            struct.pack("<I4s4s8xI", 2 if each.listens else 5, each.address, port, each.pid)
            if tcp
            else struct.pack("<4s4sI", each.address, port, each.pid)
        )
    if tcp:
        return struct.pack("<16sI4s24xII", each.address, 0, port, 2 if each.listens else 5, each.pid)
    return struct.pack("<16sI4sI", each.address, 0, port, each.pid)
