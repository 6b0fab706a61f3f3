"""Interfaces that outlive the node which had them, as those of the BSDs can, and what it has left on them.

One that opening made has our mark (mark.py): it is destroyed, with all that it has. Any other was there before, or its
system knows no marks: it stays, without what was ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from everleaf.errors import HostError, PermissionDeniedError
from everleaf.host.abi import Abi
from everleaf.host.bsd.device_node import DeviceNodes
from everleaf.host.bsd.kame import KameInterface
from everleaf.host.bsd.kernel import Kernel
from everleaf.host.bsd.routing.table import RoutingTable

NAME = re.compile("(tun|tap)[0-9]+")


class Leftovers:
    """Takes them away. `is_marked` tells of an interface by its name whether it has our mark."""

    def __init__(self, kernel: Kernel, abi: Abi, is_marked: Callable[[str], bool]) -> None:
        self._kernel = kernel
        self._abi = abi
        self._is_marked = is_marked
        self._nodes = DeviceNodes(kernel, abi)
        self._table = RoutingTable(kernel, abi)

    def destroy(self, name: str) -> None:
        """An interface that we made and whose device we have closed."""
        with suppress(HostError, PermissionDeniedError):  # it has our mark: what stays is for `clean`
            self._interface(name).destroy()

    def clean(self, name: str) -> list[str]:
        """Of the interface `name`, or of all for "auto"; which have changed. None that somebody holds open."""
        return [
            each
            for each in self._table.names()
            if name in ("auto", each) and NAME.fullmatch(each) and self._clean(each)
        ]

    def _clean(self, name: str) -> bool:
        """Opening tells whether somebody holds it; closing it again may already take its addresses."""
        interface, marked = self._interface(name), self._is_marked(name)
        if not (marked or interface.is_ours()) or self._nodes.is_held(name):
            return False
        if marked:
            interface.destroy()
        else:
            interface.clean()
        return True

    def _interface(self, name: str) -> KameInterface:
        return KameInterface(self._kernel, self._abi, name)
