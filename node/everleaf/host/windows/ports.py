"""Who listens on Windows, out of IP Helper's tables.

Addresses and ports lie in memory as on the wire; of a port's four bytes only the first two count.
Source: GetExtendedTcpTable and GetExtendedUdpTable at learn.microsoft.com, tcpmib.h, udpmib.h.
"""

from __future__ import annotations

import ntpath
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Literal

from everleaf.errors import HostError
from everleaf.host.abi import Abi
from everleaf.host.abi.structure import Structure
from everleaf.host.base import ListeningPort
from everleaf.host.windows.api import Win32Error, WindowsApi

FIRST_SIZE = 1 << 14  # bytes; Windows tells how many it needs, and by the next call it may need more
SLACK = 1 << 12  # bytes
ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the listeners of one protocol and family are."""

    protocol: Literal["tcp", "udp"]
    function: str
    kind: str
    family: str
    table: str
    row: str
    address: str
    size: int  # bytes of an address


_TCP, _UDP = "GetExtendedTcpTable", "GetExtendedUdpTable"
_LISTENERS, _ALL = "TCP_TABLE_OWNER_PID_LISTENER", "UDP_TABLE_OWNER_PID"
_TABLES = (
    _Table("tcp", _TCP, _LISTENERS, "AF_INET", "MIB_TCPTABLE_OWNER_PID", "MIB_TCPROW_OWNER_PID", "dwLocalAddr", 4),
    _Table("tcp", _TCP, _LISTENERS, "AF_INET6", "MIB_TCP6TABLE_OWNER_PID", "MIB_TCP6ROW_OWNER_PID", "ucLocalAddr", 16),
    _Table("udp", _UDP, _ALL, "AF_INET", "MIB_UDPTABLE_OWNER_PID", "MIB_UDPROW_OWNER_PID", "dwLocalAddr", 4),
    _Table("udp", _UDP, _ALL, "AF_INET6", "MIB_UDP6TABLE_OWNER_PID", "MIB_UDP6ROW_OWNER_PID", "ucLocalAddr", 16),
)


class WindowsPorts:
    """Asks the four tables, and the processes for their names as far as we may know them."""

    def __init__(self, api: WindowsApi, abi: Abi) -> None:
        self._api = api
        self._abi = abi

    def list(self) -> list[ListeningPort]:
        """Sorted."""
        names: dict[int, str] = {}
        found = [self._port(table, row, names) for table in _TABLES for row in self._rows(table)]
        return sorted(set(found))

    def _rows(self, table: _Table) -> Iterator[Structure]:
        data, size = self._data(table), self._abi.sizeof(table.row)
        start = self._abi.offsetof(table.table, "table")
        count = int.from_bytes(data[:4], self._abi.byteorder)
        for at in range(start, start + count * size, size):
            yield Structure(self._abi, table.row, data[at : at + size])

    def _data(self, table: _Table) -> bytes:
        size = FIRST_SIZE
        for _ in range(ATTEMPTS):
            needed, data = self._api.ports(table.function, self._abi[table.family], self._abi[table.kind], size)
            if data:
                return data
            size = needed + SLACK
        raise HostError(f"{table.function} needs more than {size} bytes again and again", fix="try again")

    def _port(self, table: _Table, row: Structure, names: dict[int, str]) -> ListeningPort:
        pid = row.get("dwOwningPid")
        if pid not in names:
            names[pid] = self._name(pid)
        port = int.from_bytes(row.take("dwLocalPort", 2), "big")
        address = ip_address(row.take(table.address, table.size))
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return ListeningPort(table.protocol, port, str(mapped or address), names[pid], pid)

    def _name(self, pid: int) -> str:
        """Without its path; "" when the process is gone, or is not for us to look at."""
        try:
            return ntpath.basename(self._api.program_of(pid))
        except Win32Error:
            return ""
