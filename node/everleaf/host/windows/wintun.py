"""Wintun: a driver for layer 3, spoken to through wintun.dll and two rings in memory.

An adapter lives as long as the handle that created it, so nothing of ours outlives the process but a phantom in the
device tree; wintun.dll removes those in passing whenever an adapter is opened, created or closed.
Source: Wintun 0.14, api/wintun.h, api/adapter.c, driver/wintun.c.
"""

from __future__ import annotations

import errno
import os
import uuid

from everleaf.errors import BusyError, HostError, NodeError, PermissionDeniedError
from everleaf.host.abi import Abi
from everleaf.host.base import Carrier, Framing, Kind
from everleaf.host.windows.api import Win32Error, WindowsApi
from everleaf.host.windows.device import WindowsDevice

LIBRARY = "wintun.dll"
TUNNEL_TYPE = "Everleaf"  # the device manager shows "Everleaf Tunnel"
RING = 0x800000  # bytes each way: a power of two between WINTUN_MIN_RING_CAPACITY and WINTUN_MAX_RING_CAPACITY
CREATE_PAUSE = 3.0  # seconds before the second attempt: drivers are installed and removed in the background
LISTEN = 0.5  # seconds without hearing Ctrl-C, which Python notices between two calls only

_OURS = uuid.UUID("56cd1939-4baf-4be5-8f25-1ceca1ed6145")
_SHORTEST = {4: 20, 6: 40}  # bytes of an IP header by version


def adapter_guid(name: str) -> bytes:
    """The GUID of our adapter of this name, always the same, so that Windows knows the network again."""
    return uuid.uuid5(_OURS, name.casefold()).bytes_le


class WintunDevice(WindowsDevice):
    """A session on an adapter. `detach` gives the session away; `close` removes the adapter if opening made it."""

    carrier = Carrier.WINTUN
    kind = Kind.TUN
    framing = Framing.BARE

    def __init__(self, api: WindowsApi, abi: Abi, name: str, adapter: int, session: int) -> None:
        super().__init__(api, name, session)
        self._abi = abi
        self._adapter = adapter
        self._arrived = api.read_wait_event(session)
        self.luid = api.adapter_luid(adapter)

    def _read(self, handle: int, size: int) -> bytes:
        while not self._over:
            try:
                return self._api.receive_packet(handle)[:size]
            except Win32Error as error:
                if error.code != self._abi["ERROR_NO_MORE_ITEMS"]:
                    raise
            self._api.wait((self._arrived, self._stop), LISTEN)
        return b""

    def _write(self, handle: int, packet: bytes) -> None:
        """The driver takes anything but IP for a corrupt ring, and never reads from that session again."""
        shortest = _SHORTEST.get(packet[0] >> 4, 0) if packet else 0
        if not shortest <= len(packet) <= self._abi["WINTUN_MAX_IP_PACKET_SIZE"] or not shortest:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._api.send_packet(handle, packet)

    def _end(self, handle: int) -> None:
        if handle:
            self._api.end_session(handle)
        self._api.close_adapter(self._adapter)


class Wintun:
    """Opens adapters."""

    def __init__(self, api: WindowsApi, abi: Abi) -> None:
        self._api = api
        self._abi = abi
        self._loaded = False

    def create(self, name: str) -> WintunDevice:
        """A new adapter of this name. What fails once may be a driver in the middle of its installation."""
        self._load()
        try:
            adapter = self._api.create_adapter(name, TUNNEL_TYPE, adapter_guid(name))
        except Win32Error as error:
            self._refuse_unprivileged(name, error)
            adapter = self._create_again(name)
        return self._start(name, adapter)

    def open(self, name: str) -> WintunDevice:
        """One that exists. Raises `BusyError` when somebody has it open."""
        self._load()
        try:
            adapter = self._api.open_adapter(name)
        except Win32Error as error:
            self._refuse_unprivileged(name, error)
            absent = error.code in (self._abi["ERROR_NOT_FOUND"], self._abi["ERROR_FILE_NOT_FOUND"])
            raise HostError(
                f"{name!r} exists and is not a Wintun adapter" if absent else f"cannot open {name!r}: {error.strerror}",
                fix="set interface.name to another name",
            ) from error
        return self._start(name, adapter)

    def free(self, name: str) -> bool:
        """Whether there is such an adapter and nobody has it open."""
        try:
            self.open(name).close()
        except NodeError:
            return False
        return True

    def _create_again(self, name: str) -> int:
        """Or open what is in the way: our adapter, whose connection the operator gave another name."""
        self._api.sleep(CREATE_PAUSE)
        try:
            return self._api.create_adapter(name, TUNNEL_TYPE, adapter_guid(name))
        except Win32Error as error:
            try:
                return self._api.open_adapter(name)
            except Win32Error:
                raise HostError(
                    f"Wintun cannot create the adapter {name!r}: {error.strerror}",
                    fix="restart Windows, which finishes pending updates, and try again",
                ) from error

    def _start(self, name: str, adapter: int) -> WintunDevice:
        try:
            session = self._api.start_session(adapter, RING)
        except Win32Error as error:
            self._api.close_adapter(adapter)
            if error.code == self._abi["ERROR_ALREADY_INITIALIZED"]:
                raise BusyError(f"the adapter {name!r} is in use", fix="stop its user or set interface.name") from error
            raise HostError(f"Wintun starts no session on {name!r}: {error.strerror}", fix="restart Windows") from error
        return WintunDevice(self._api, self._abi, name, adapter, session)

    def _refuse_unprivileged(self, name: str, error: Win32Error) -> None:
        if error.code == self._abi["ERROR_ACCESS_DENIED"]:
            raise PermissionDeniedError(
                f"may not open the adapter {name!r}", fix="run as administrator, or as a service"
            ) from error

    def _load(self) -> None:
        if self._loaded:
            return
        absent = (self._abi["ERROR_MOD_NOT_FOUND"], self._abi["ERROR_FILE_NOT_FOUND"])
        for directory in self._api.directories():
            path = f"{directory}\\{LIBRARY}"
            try:
                self._api.load_wintun(path)
            except Win32Error as error:
                if error.code in absent:
                    continue
                raise HostError(
                    f"{path} cannot be loaded: {error.strerror}", fix="replace it by Wintun's for this CPU"
                ) from error
            self._loaded = True
            return
        raise HostError(
            f"{LIBRARY} is missing", fix=f"put Wintun's for this CPU (wintun.net) into {self._api.directories()[0]}"
        )
