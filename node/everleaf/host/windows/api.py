"""The calls that the backend for Windows makes, so that a model of Windows can stand in for one.

Structures go in and out as bytes, handles and pointers as integers, texts as text. `dlls.py` makes the calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from everleaf.host.program import Completed


class Win32Error(OSError):
    """A call that Windows refused."""

    def __init__(self, call: str, code: int, text: str = "") -> None:
        """`code` is one of winerror.h's; `text` is what Windows says to it, in the operator's language."""
        super().__init__(code, f"error {code}: {text}" if text else f"error {code}")
        self.call = call
        self.code = code

    def __str__(self) -> str:
        return f"{self.call}: {self.strerror}"


class WindowsApi(Protocol):
    """Every method raises `Win32Error`."""

    # --- IP Helper ----------------------------------------------------------------------------------------------------

    def row(self, function: str, row: bytes) -> bytes:
        """Call a function that takes one row, such as CreateUnicastIpAddressEntry; the row as it was left."""
        ...

    def table(self, function: str, first: int, size: int, *, family: int | None = None) -> list[bytes]:
        """The rows of a table such as GetIpForwardTable2 returns: `size` bytes each, the first at `first`."""
        ...

    def ports(self, function: str, family: int, kind: int, size: int) -> tuple[int, bytes]:
        """GetExtendedTcpTable or GetExtendedUdpTable into `size` bytes: how many it needs, and the table if it fits."""
        ...

    def notify(self, function: str, family: int, callback: Callable[[], None]) -> int:
        """A handle of NotifyRouteChange2 or its kin. `callback` runs in a thread of the system's, and must be short."""
        ...

    def cancel_notify(self, handle: int) -> None:
        """No callback runs any more when this returns. Never from within one."""
        ...

    # --- Wintun -------------------------------------------------------------------------------------------------------

    def load_wintun(self, path: str) -> None:
        """Load wintun.dll by its full path; no other call of Wintun works before."""
        ...

    def create_adapter(self, name: str, tunnel_type: str, guid: bytes) -> int: ...
    def open_adapter(self, name: str) -> int: ...
    def close_adapter(self, adapter: int) -> None:
        """Removes the adapter if it was created by this handle."""
        ...

    def adapter_luid(self, adapter: int) -> int: ...
    def start_session(self, adapter: int, capacity: int) -> int: ...
    def end_session(self, session: int) -> None: ...
    def read_wait_event(self, session: int) -> int:
        """An event of the session's own: never close it."""
        ...

    def receive_packet(self, session: int) -> bytes:
        """The next packet, its place in the ring given back."""
        ...

    def send_packet(self, session: int, packet: bytes) -> None: ...

    # --- files and events ---------------------------------------------------------------------------------------------

    def open_device(self, path: str) -> int:
        """Open a device for overlapped reading and writing."""
        ...

    def control(self, handle: int, code: int, argument: bytes, size: int) -> bytes:
        """DeviceIoControl; at most `size` bytes come back."""
        ...

    def read(self, handle: int, size: int, stop: int) -> bytes:
        """One read, however long it takes; b"" when the event `stop` is set first."""
        ...

    def write(self, handle: int, data: bytes) -> None:
        """One write, to its end."""
        ...

    def close_handle(self, handle: int) -> None: ...
    def create_event(self) -> int:
        """It stays set once it is set."""
        ...

    def set_event(self, event: int) -> None: ...
    def wait(self, events: Sequence[int], seconds: float) -> bool:
        """Whether one of them was set before the time was over; a process is set when it has ended."""
        ...

    # --- processes ----------------------------------------------------------------------------------------------------

    def processes(self) -> list[bytes]:
        """A PROCESSENTRY32W for each process that runs."""
        ...

    def open_process(self, pid: int, access: int) -> int:
        """A handle, which keeps the process' number from being given out again."""
        ...

    def started(self, process: int) -> int:
        """When a process was started, in units of 100 ns. Its handle needs PROCESS_QUERY_LIMITED_INFORMATION."""
        ...

    def program_of(self, pid: int) -> str:
        """The path of the program that a process runs."""
        ...

    def console(self, heard: Callable[[int], bool]) -> None:
        """From now on `heard` gets each event of our console, in a thread of the system's; whether that is all."""
        ...

    # --- the rest -----------------------------------------------------------------------------------------------------

    def registry_keys(self, path: str) -> list[str]:
        """The keys below one in HKEY_LOCAL_MACHINE; none when that does not exist or is not for us."""
        ...

    def registry_text(self, path: str, name: str) -> str:
        """A value of a key in HKEY_LOCAL_MACHINE; "" when there is none, or no text."""
        ...

    def directories(self) -> Sequence[str]:
        """Where a DLL may come from: the program's directory, then the system's."""
        ...

    def run(self, command: Sequence[str]) -> Completed: ...
    def sleep(self, seconds: float) -> None: ...
