"""Windows: Wintun for layer 3, TAP-Windows6 for Ethernet, IP Helper for addresses, routes, MTU and news.

Opening an adapter and changing anything needs an administrator's rights, or those of a service; looking does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from everleaf.errors import BusyError, HostError, PermissionDeniedError
from everleaf.host.abi import load
from everleaf.host.base import Applied, Kind, ListeningPort, Observed, Problem, Wanted
from everleaf.host.windows.api import Win32Error, WindowsApi
from everleaf.host.windows.interface import LOOK_EVERY, LOOKS, WindowsInterface
from everleaf.host.windows.iphelper import Adapter, IpHelper
from everleaf.host.windows.ports import WindowsPorts
from everleaf.host.windows.tap import TapWindows, TapWindowsDevice
from everleaf.host.windows.watch import WindowsWatch
from everleaf.host.windows.wintun import Wintun, WintunDevice, adapter_guid

NAME = "everleaf"  # what "auto" calls the first adapter; a number follows for more
NAMES = 10


class WindowsHost:
    """Everything through `api`, which makes the calls, or stands in for Windows."""

    def __init__(self, api: WindowsApi) -> None:
        self._api = api
        self._abi = load("windows")
        self._ip = IpHelper(api, self._abi)
        self._wintun = Wintun(api, self._abi)
        self._tap = TapWindows(api, self._abi)

    def mtu_ceiling(self, kind: Kind) -> int:
        return 65535 if kind is Kind.TUN else 1500  # what the drivers carry

    def open(self, name: str, kind: Kind = Kind.TUN) -> WintunDevice | TapWindowsDevice:
        """Wintun makes an adapter where there is none of this name; TAP-Windows' are made by the administrator."""
        with self._told():
            if kind is Kind.TAP:
                return self._tap.open(name)
            return self._open_first() if name == "auto" else self._open_tun(name)

    def apply(self, name: str, wanted: Wanted) -> Applied:
        """Addresses and routes only where they differ; whoever watches hears of the MTU each time."""
        with self._told():
            adapter = self._ip.find(name)
            if adapter is None:
                raise HostError(f"there is no adapter {name!r}", fix="restart the node")
            interface = WindowsInterface(self._api, self._abi, adapter)
            interface.settle(wanted.mtu)
            interface.add_address(wanted.address, wanted.prefix_length)
            interface.bring_up()
            interface.add_route(wanted.address)
            return interface.applied()

    def observe(self, name: str) -> Observed | None:
        with self._told():
            adapter = self._ip.find(name)
            return WindowsInterface(self._api, self._abi, adapter).observe() if adapter else None

    def watch(self) -> WindowsWatch:
        with self._told():
            return WindowsWatch(self._api, self._abi)

    def withdraw(self, name: str) -> tuple[Problem, ...]:
        with self._told():
            adapter = self._ip.find(name)
            return self._withdraw(adapter) if adapter else ()

    def cleanup(self, name: str) -> Sequence[str]:
        """A Wintun adapter goes with the process that made it; on TAP-Windows' our address and route stay behind."""
        with self._told():
            left = [
                adapter
                for adapter in self._ip.adapters()
                if name in ("auto", adapter.name)
                and WindowsInterface(self._api, self._abi, adapter).is_marked()
                and self._is_free(adapter)
            ]
            for adapter in left:
                self._withdraw(adapter)
            return sorted(adapter.name for adapter in left)

    def listening_ports(self) -> Sequence[ListeningPort]:
        with self._told():
            return WindowsPorts(self._api, self._abi).list()

    def _open_first(self) -> WintunDevice:
        for number in range(NAMES):
            try:
                return self._open_tun(f"{NAME}{number or ''}")
            except BusyError:
                continue
        raise BusyError(f"{NAMES} adapters are in use", fix="stop one of their nodes, or set interface.name")

    def _open_tun(self, name: str) -> WintunDevice:
        """Wintun would give another adapter of that name a new one, so look first."""
        if self._ip.find(name):
            return self._wintun.open(name)
        device = self._wintun.create(name)
        for _ in range(LOOKS):
            adapter = self._ip.by_luid(device.luid)
            if adapter:
                device.name = adapter.name  # another one may have been quicker to take the name
                return device
            self._api.sleep(LOOK_EVERY)
        device.close()
        raise HostError(f"Windows does not show the adapter {name!r}, which it has created", fix="restart Windows")

    def _is_free(self, adapter: Adapter) -> bool:
        """Whether the adapter is one that we open, and nobody has it open now."""
        if adapter.guid == adapter_guid(adapter.name):
            return self._wintun.free(adapter.name)
        ours = [each for each in self._tap.adapters() if each.name == adapter.name]
        return bool(ours) and self._tap.free(ours[0])

    def _withdraw(self, adapter: Adapter) -> tuple[Problem, ...]:
        interface = WindowsInterface(self._api, self._abi, adapter)
        interface.withdraw()
        return tuple(interface.problems)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What Windows refuses unexpectedly is the operator's to know, not a bug of ours."""
        try:
            yield
        except Win32Error as error:
            if error.code == self._abi["ERROR_ACCESS_DENIED"]:
                raise PermissionDeniedError(f"Windows refused: {error}", fix="run as administrator") from error
            raise HostError(f"Windows refused: {error}", fix="restart Windows if it stays so") from error
