"""The nodes of TUN and TAP devices that carry their number: /dev/tun0, /dev/tap3. OpenBSD and NetBSD have these.

Where no node clones them, who wants any device tries one number after the other.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from everleaf.errors import BusyError, HostError, NodeError, PermissionDeniedError
from everleaf.host.abi import Abi
from everleaf.host.base import Kind
from everleaf.host.bsd.kernel import Kernel

UNITS = 256  # how far to look; MAKEDEV makes four, administrators a few more


class DeviceNodes:
    """Opens them. Raises with the remedy: `BusyError`, `PermissionDeniedError`, `HostError`."""

    def __init__(self, kernel: Kernel, abi: Abi) -> None:
        self._kernel = kernel
        self._abi = abi

    def open_named(self, name: str, kind: Kind) -> int:
        """The device `name`. Its interface comes into being, or was there before."""
        if not re.fullmatch(f"{kind.value}[0-9]+", name):
            raise HostError(
                f"{name!r} cannot be the name of a {kind.value} device on this system",
                fix=f'set interface.name to "auto", or to {kind.value}0, {kind.value}1 and so on',
            )
        try:
            return self._kernel.open(f"/dev/{name}")
        except OSError as error:
            raise self._refused(name, error) from error

    def open_cloner(self, kind: Kind) -> int:
        """A new device, from the node without a number. OpenBSD has none, NetBSD one for TAP."""
        try:
            return self._kernel.open(f"/dev/{kind.value}")
        except OSError as error:
            raise self._refused(kind.value, error) from error

    def open_free(self, kind: Kind, taken: Collection[str]) -> tuple[int, str]:
        """The first device that is free and not among `taken`, and its name."""
        for name in (f"{kind.value}{unit}" for unit in range(UNITS)):
            if name in taken:
                continue
            try:
                return self._kernel.open(f"/dev/{name}"), name
            except OSError as error:
                if error.errno not in (self._abi["EBUSY"], self._abi["ENXIO"]):
                    raise self._refused(name, error) from error
        raise BusyError(f"all {kind.value} devices are in use", fix="stop one of their users")

    def is_held(self, name: str) -> bool:
        """Whether somebody has the device open. Asks by opening it, so only of one whose interface exists."""
        try:
            self._kernel.close(self._kernel.open(f"/dev/{name}"))
        except OSError as error:
            return error.errno == self._abi["EBUSY"]
        return False

    def _refused(self, name: str, error: OSError) -> NodeError:
        path = f"/dev/{name}"
        if isinstance(error, PermissionError):
            return PermissionDeniedError(f"may not open {path}", fix="run as root")
        if error.errno == self._abi["EBUSY"]:
            return BusyError(f"{name} is in use", fix='stop its user, or set interface.name to "auto"')
        if isinstance(error, FileNotFoundError):
            return HostError(f"{path} does not exist", fix=f"run: cd /dev && sh MAKEDEV {name}")
        if error.errno == self._abi["ENXIO"]:
            return HostError(f"there is no device behind {path}", fix=f"run: ifconfig {name} create")
        return HostError(f"cannot open {path}: {error.strerror}")
