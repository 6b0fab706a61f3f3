"""`@overlay`: the hosts of a fleet, reached by SSH through the overlay itself.

`@overlay` means every host of the fleet and `@overlay/NAME` one. The lock has a host's address; while it does not, and
when nobody answers there, the underlay is taken. In the fleet's file: `connector = "overlay"`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyinfra import logger
from pyinfra.api.exceptions import ConnectError, InventoryError
from pyinfra.connectors.ssh import SSHConnector
from typing_extensions import override

from everleaf.errors import NodeError
from everleaf_fleet.inventory import data, read
from everleaf_fleet.member import Member


class OverlayConnector(SSHConnector):
    """SSH to the first of a host's addresses that answers, the overlay's before the underlay's."""

    @override
    @staticmethod
    def make_names_data(name: str | None = None) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        try:
            fleet, book = read()
        except NodeError as error:
            raise InventoryError(str(error)) from None
        if name and name not in fleet.hosts:
            raise InventoryError(f"{fleet.file} has no host {name!r}; it has: {', '.join(fleet.hosts)}")
        for spec in [fleet.hosts[name]] if name else fleet.hosts.values():
            yield f"@overlay/{spec.name}", data(Member(fleet, book, spec.name)), ["@overlay", *spec.groups]

    @override
    def connect(self) -> None:
        *others, last = self._addresses()
        for address in others:
            self.data["ssh_hostname"] = address
            try:
                super().connect()
            except ConnectError as error:
                logger.warning("%sno answer at %s (%s); trying %s", self.host.print_prefix, address, error, last)
            else:
                return
        self.data["ssh_hostname"] = last
        super().connect()

    def _addresses(self) -> list[str]:
        member: Member = self.host.data.everleaf
        return [*([member.locked.address] if member.locked else []), member.spec.address]
