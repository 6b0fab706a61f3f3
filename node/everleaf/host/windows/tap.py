"""TAP-Windows6: OpenVPN's driver for Ethernet, spoken to through a file. An administrator makes its adapters.

Source: tap-windows6 9.24, src/device.c, src/constants.h; tun.c of OpenVPN for the registry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from everleaf.errors import BusyError, HostError, NodeError, PermissionDeniedError
from everleaf.host.abi import Abi
from everleaf.host.base import Carrier, Framing, Kind
from everleaf.host.windows.api import Win32Error, WindowsApi
from everleaf.host.windows.device import WindowsDevice

_NETWORK = "{4D36E972-E325-11CE-BFC1-08002BE10318}"  # the class of network adapters
_DRIVERS = rf"SYSTEM\CurrentControlSet\Control\Class\{_NETWORK}"
_CONNECTIONS = rf"SYSTEM\CurrentControlSet\Control\Network\{_NETWORK}"
_COMPONENTS = ("tap0901", r"root\tap0901")
_PLUGGED = (1).to_bytes(4, "little")


@dataclass(frozen=True, slots=True)
class TapAdapter:
    """One that is installed, be it in use or not."""

    name: str  # its connection's
    instance: str  # "{GUID}", as the registry has it


class TapWindowsDevice(WindowsDevice):
    """An open adapter; its cable is plugged while it is open."""

    carrier = Carrier.TAP_WINDOWS
    kind = Kind.TAP
    framing = Framing.ETHERNET

    def __init__(self, api: WindowsApi, name: str, handle: int, mac: bytes) -> None:
        super().__init__(api, name, handle)
        self.mac = mac  # of this host's side: frames to another are dropped

    def _read(self, handle: int, size: int) -> bytes:
        return self._api.read(handle, size, self._stop)

    def _write(self, handle: int, packet: bytes) -> None:
        self._api.write(handle, packet)

    def _end(self, handle: int) -> None:
        if handle:
            self._api.close_handle(handle)


class TapWindows:
    """Finds and opens adapters."""

    def __init__(self, api: WindowsApi, abi: Abi) -> None:
        self._api = api
        self._abi = abi

    def adapters(self) -> Iterator[TapAdapter]:
        """Those the registry knows."""
        for key in self._api.registry_keys(_DRIVERS):
            driver = rf"{_DRIVERS}\{key}"
            if self._api.registry_text(driver, "ComponentId").lower() in _COMPONENTS:
                instance = self._api.registry_text(driver, "NetCfgInstanceId")
                yield TapAdapter(self._api.registry_text(rf"{_CONNECTIONS}\{instance}\Connection", "Name"), instance)

    def open(self, name: str) -> TapWindowsDevice:
        """The adapter of this name; "auto" takes the first that nobody holds."""
        found = [adapter for adapter in self.adapters() if name in ("auto", adapter.name)]
        if not found:
            raise HostError(
                "there is no TAP-Windows adapter" + ("" if name == "auto" else f" named {name!r}"),
                fix="install TAP-Windows6, and make one: tapctl create --hwid root\\tap0901 --name everleaf",
            )
        for adapter in found[:-1]:
            try:
                return self._open(adapter)
            except BusyError:
                continue
        return self._open(found[-1])

    def free(self, adapter: TapAdapter) -> bool:
        """Whether nobody has it open."""
        try:
            self._open(adapter).close()
        except NodeError:
            return False
        return True

    def _open(self, adapter: TapAdapter) -> TapWindowsDevice:
        try:
            handle = self._api.open_device(rf"\\.\Global\{adapter.instance}.tap")
        except Win32Error as error:
            raise self._refused(adapter.name, error) from error
        try:
            mac = self._api.control(handle, self._abi["TAP_WIN_IOCTL_GET_MAC"], bytes(6), 6)
            # before that the driver neither reads nor writes
            self._api.control(handle, self._abi["TAP_WIN_IOCTL_SET_MEDIA_STATUS"], _PLUGGED, len(_PLUGGED))
        except Win32Error as error:
            self._api.close_handle(handle)
            raise HostError(f"the driver of {adapter.name!r} refused: {error}", fix="update TAP-Windows6") from error
        return TapWindowsDevice(self._api, adapter.name, handle, mac)

    def _refused(self, name: str, error: Win32Error) -> Exception:
        if error.code == self._abi["ERROR_ACCESS_DENIED"]:
            return PermissionDeniedError(f"may not open the adapter {name!r}", fix="run as administrator")
        if error.code == self._abi["ERROR_GEN_FAILURE"]:  # all the driver says to a second user
            return BusyError(f"the adapter {name!r} is in use", fix="stop its user or set interface.name")
        return HostError(f"cannot open the adapter {name!r}: {error.strerror}", fix="enable it, or set interface.name")
