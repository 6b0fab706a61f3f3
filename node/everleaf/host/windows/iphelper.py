"""IP Helper: adapters, addresses, routes and MTU of Windows, as rows that go in and out of iphlpapi.dll.

Everything is named by the adapter's LUID, which unlike its index survives a restart of the adapter. The
`Initialize...Entry` functions fill a row with values that no row may keep, so each member that matters is set here.
Source: netioapi.h and its reference at learn.microsoft.com.
"""

from __future__ import annotations

from dataclasses import dataclass

from everleaf.host.abi import Abi
from everleaf.host.abi.structure import Structure
from everleaf.host.base import MESH, PREFIX_LENGTH
from everleaf.host.route import Outcome
from everleaf.host.windows.api import Win32Error, WindowsApi

FOREVER = 0xFFFFFFFF  # seconds: an infinite lifetime
METRIC = 0  # added to the adapter's own


@dataclass(frozen=True, slots=True)
class Adapter:
    """A network adapter as the interface table has it."""

    luid: int
    index: int
    guid: bytes  # 16 bytes as in memory
    name: str  # its alias, which the operator sees and may change
    status: int  # IF_OPER_STATUS
    mtu: int  # bytes, of the driver


class IpHelper:
    """Every method raises `Win32Error`."""

    def __init__(self, api: WindowsApi, abi: Abi) -> None:
        self._api = api
        self._abi = abi

    def outcome(self, error: Win32Error) -> Outcome:
        """What a refusal says of the table that was to be changed."""
        if error.code == self._abi["ERROR_OBJECT_ALREADY_EXISTS"]:
            return Outcome.EXISTS
        return Outcome.MISSING if error.code == self._abi["ERROR_NOT_FOUND"] else Outcome.REFUSED

    # --- adapters -----------------------------------------------------------------------------------------------------

    def adapters(self) -> list[Adapter]:
        """Those that are there; not the memory of those that were."""
        rows = self._table("GetIfTable2", "MIB_IF_TABLE2", "MIB_IF_ROW2")
        found = [self._adapter(row) for row in rows]
        return [adapter for adapter in found if adapter.status != self._abi["IfOperStatusNotPresent"]]

    def find(self, name: str) -> Adapter | None:
        """The adapter of this name; upper and lower case are the same to Windows."""
        return next((each for each in self.adapters() if each.name.casefold() == name.casefold()), None)

    def by_luid(self, luid: int) -> Adapter | None:
        """The adapter of this LUID."""
        return next((each for each in self.adapters() if each.luid == luid), None)

    def is_up(self, luid: int) -> bool:
        """Whether packets pass: its driver is running, and its cable is plugged."""
        row = Structure(self._abi, "MIB_IF_ROW2")
        row.put("InterfaceLuid", luid, 8)
        row = self._call("GetIfEntry2", "MIB_IF_ROW2", row)
        return row.get("OperStatus") == self._abi["IfOperStatusUp"]

    # --- what IP does on an adapter -----------------------------------------------------------------------------------

    def mtu(self, luid: int, family: int) -> int:
        """Bytes, of one IP version."""
        return self._interface(luid, family).get("NlMtu")

    def settle(self, luid: int, family: int, mtu: int) -> None:
        """Give one IP version its MTU, and keep it from asking around: no router, no twin of our address is there."""
        row = self._interface(luid, family)
        row.put("NlMtu", mtu)
        if family == self._abi["AF_INET6"]:
            row.put("DadTransmits", 0)
            row.put("RouterDiscoveryBehavior", self._abi["RouterDiscoveryDisabled"])
        row.put("SitePrefixLength", 0)  # what was read is refused when it is written, at least by IPv4
        self._call("SetIpInterfaceEntry", "MIB_IPINTERFACE_ROW", row)

    # --- addresses ----------------------------------------------------------------------------------------------------

    def addresses(self) -> list[tuple[int, bytes, int]]:
        """IPv6: LUID, address, prefix length."""
        rows = self._table(
            "GetUnicastIpAddressTable", "MIB_UNICASTIPADDRESS_TABLE", "MIB_UNICASTIPADDRESS_ROW", ipv6=True
        )
        return [
            (row.get("InterfaceLuid", 8), self._ip(row, "Address"), row.get("OnLinkPrefixLength", 1)) for row in rows
        ]

    def add_address(self, luid: int, address: bytes, prefix_length: int) -> None:
        """For as long as the adapter lives, and without a search for twins."""
        row = self._address("InitializeUnicastIpAddressEntry", luid, address)
        row.put("OnLinkPrefixLength", prefix_length, 1)
        row.put("ValidLifetime", FOREVER)
        row.put("PreferredLifetime", FOREVER)
        row.put("DadState", self._abi["IpDadStatePreferred"])
        self._call("CreateUnicastIpAddressEntry", "MIB_UNICASTIPADDRESS_ROW", row)

    def delete_address(self, luid: int, address: bytes) -> None:
        row = self._address("InitializeUnicastIpAddressEntry", luid, address)
        self._call("DeleteUnicastIpAddressEntry", "MIB_UNICASTIPADDRESS_ROW", row)

    # --- routes -------------------------------------------------------------------------------------------------------

    def mesh_routes(self, luid: int) -> list[bytes]:
        """The rows that lead the mesh into an adapter, ready to be deleted."""
        rows = self._table("GetIpForwardTable2", "MIB_IPFORWARD_TABLE2", "MIB_IPFORWARD_ROW2", ipv6=True)
        return [
            bytes(row)
            for row in rows
            if row.get("InterfaceLuid", 8) == luid
            and self._ip(row, "DestinationPrefix") == MESH
            and self._prefix_length(row) == PREFIX_LENGTH
        ]

    def add_mesh_route(self, luid: int) -> None:
        """Lead the mesh into an adapter: on the link, so the next hop is the unspecified address."""
        row = self._call("InitializeIpForwardEntry", "MIB_IPFORWARD_ROW2", Structure(self._abi, "MIB_IPFORWARD_ROW2"))
        row.put("InterfaceLuid", luid, 8)
        row.place("DestinationPrefix", self._socket_address(MESH) + bytes([PREFIX_LENGTH]))
        row.place("NextHop", self._socket_address(bytes(16)))
        row.put("SitePrefixLength", 0, 1)
        row.put("Metric", METRIC)
        row.put("Protocol", self._abi["MIB_IPPROTO_NETMGMT"])
        self._call("CreateIpForwardEntry2", "MIB_IPFORWARD_ROW2", row)

    def delete_route(self, row: bytes) -> None:
        """One of `mesh_routes`."""
        self._api.row("DeleteIpForwardEntry2", row)

    # --- rows ---------------------------------------------------------------------------------------------------------

    def _call(self, function: str, structure: str, row: Structure) -> Structure:
        return Structure(self._abi, structure, self._api.row(function, bytes(row)))

    def _table(self, function: str, table: str, structure: str, *, ipv6: bool = False) -> list[Structure]:
        first, size = self._abi.offsetof(table, "Table"), self._abi.sizeof(structure)
        try:
            rows = self._api.table(function, first, size, family=self._abi["AF_INET6"] if ipv6 else None)
        except Win32Error as error:
            if error.code in (self._abi["ERROR_NOT_FOUND"], self._abi["ERROR_NOT_SUPPORTED"]):  # none, or no IPv6
                return []
            raise
        return [Structure(self._abi, structure, row) for row in rows]

    def _adapter(self, row: Structure) -> Adapter:
        alias = row.take("Alias", 2 * self._abi["IF_MAX_STRING_SIZE"]).decode("utf-16-le", "replace")
        return Adapter(
            row.get("InterfaceLuid", 8),
            row.get("InterfaceIndex"),
            row.take("InterfaceGuid", self._abi.sizeof("GUID")),
            alias.partition("\0")[0],
            row.get("OperStatus"),
            row.get("Mtu"),
        )

    def _interface(self, luid: int, family: int) -> Structure:
        row = Structure(self._abi, "MIB_IPINTERFACE_ROW")
        row = self._call("InitializeIpInterfaceEntry", "MIB_IPINTERFACE_ROW", row)
        row.put("Family", family, 2)
        row.put("InterfaceLuid", luid, 8)
        return self._call("GetIpInterfaceEntry", "MIB_IPINTERFACE_ROW", row)

    def _address(self, function: str, luid: int, address: bytes) -> Structure:
        row = self._call(function, "MIB_UNICASTIPADDRESS_ROW", Structure(self._abi, "MIB_UNICASTIPADDRESS_ROW"))
        row.put("InterfaceLuid", luid, 8)
        row.place("Address", self._socket_address(address))
        return row

    def _socket_address(self, address: bytes) -> bytes:
        """SOCKADDR_INET of an IPv6 address: a union, as large as its largest member."""
        inet = Structure(self._abi, "SOCKADDR_IN6")
        inet.put("sin6_family", self._abi["AF_INET6"], 2)
        inet.place("sin6_addr", address)
        return bytes(inet)

    def _ip(self, row: Structure, member: str) -> bytes:
        """The IPv6 address of a member that is a SOCKADDR_INET, or begins with one."""
        return row.take(member, 16, self._abi.offsetof("SOCKADDR_IN6", "sin6_addr"))

    def _prefix_length(self, row: Structure) -> int:
        return row.take("DestinationPrefix", 1, self._abi.offsetof("IP_ADDRESS_PREFIX", "PrefixLength"))[0]
