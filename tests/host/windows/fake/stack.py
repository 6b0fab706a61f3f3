"""Windows' IP stack behind IP Helper: adapters, addresses, routes, and what IP does on each adapter.

Rows are read and written at the offsets of netioapi.h, in numbers of their own, so that a backend that puts a member
elsewhere is found out. What is refused, and how: the reference of each function at learn.microsoft.com, "Return value";
what Initialize...Entry leaves in a row: the same pages, "Remarks". Beyond the reference: an address is kept once per
machine (wireguard-windows, addressconfig.go); IPv4's SitePrefixLength is refused as it was read (winipcfg, types.go,
MibIPInterfaceRow.Set); 1168 while IPv6 is off (DisabledComponents). Not modelled: compartments, scopes, metrics.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

OK, ACCESS_DENIED, INVALID_PARAMETER, NOT_SUPPORTED = 0, 5, 87, 50
FILE_NOT_FOUND, NOT_FOUND, ALREADY_EXISTS = 2, 1168, 5010
IPV4, IPV6 = 2, 23
UP, DOWN, NOT_PRESENT = 1, 2, 6
FOREVER = 0xFFFFFFFF
UNCHANGED = 16  # IpPrefixOriginUnchanged, IpSuffixOriginUnchanged
NETMGMT, LOCAL = 3, 2
ADDRESS_ROW, ROUTE_ROW, INTERFACE_ROW, ADAPTER_ROW = 80, 104, 168, 1352


@dataclass
class Adapter:
    """A network adapter; `ip` is there for each version of IP that is bound to it."""

    luid: int
    index: int
    alias: str
    guid: bytes = bytes(16)
    status: int = UP
    mtu: int = 1500
    ip: dict[int, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Address:
    luid: int
    address: bytes
    length: int
    dad_state: int = 4


@dataclass(frozen=True)
class Route:
    luid: int
    prefix: bytes
    length: int
    next_hop: bytes = bytes(16)
    protocol: int = NETMGMT


class Stack:
    """IP Helper's functions: a row in, an error code and the row out."""

    def __init__(self) -> None:
        self.elevated = True
        self.ipv6 = True  # False: switched off for the whole machine
        self.adapters: list[Adapter] = []
        self.addresses: list[Address] = []
        self.routes: list[Route] = []
        self.refuse: dict[str, list[int]] = {}  # codes that a function answers with first
        self.asked: list[str] = []
        self.changed: Callable[[], None] = lambda: None
        self._next = 10

    def add(self, alias: str, **values: object) -> Adapter:
        """Plug in an adapter."""
        self._next += 1
        adapter = Adapter((53 << 48) | (self._next << 24), self._next, alias, **values)  # type: ignore[arg-type]
        for family in (IPV4, IPV6):
            adapter.ip[family] = {"mtu": adapter.mtu, "dad": 1 if family == IPV6 else 3, "discovery": 1, "site": 64}
        self.adapters.append(adapter)
        return adapter

    def remove(self, adapter: Adapter) -> None:
        """Pull it out: what is on it goes along."""
        self.adapters.remove(adapter)
        self.addresses = [each for each in self.addresses if each.luid != adapter.luid]
        self.routes = [each for each in self.routes if each.luid != adapter.luid]
        self.changed()

    def named(self, alias: str) -> Adapter | None:
        return next((each for each in self.adapters if each.alias.casefold() == alias.casefold()), None)

    def indexed(self, index: int) -> Adapter | None:
        return next((each for each in self.adapters if each.index == index), None)

    # --- the door ----------------------------------------------------------------------------------------------------

    def row(self, function: str, row: bytes) -> tuple[int, bytes]:
        self.asked.append(function)
        if self.refuse.get(function):
            return self.refuse[function].pop(0), row
        size, answer = {
            "InitializeUnicastIpAddressEntry": (ADDRESS_ROW, self._new_address),
            "CreateUnicastIpAddressEntry": (ADDRESS_ROW, self._create_address),
            "DeleteUnicastIpAddressEntry": (ADDRESS_ROW, self._delete_address),
            "InitializeIpInterfaceEntry": (INTERFACE_ROW, lambda row: (OK, bytes(len(row)))),
            "GetIpInterfaceEntry": (INTERFACE_ROW, self._get_interface),
            "SetIpInterfaceEntry": (INTERFACE_ROW, self._set_interface),
            "InitializeIpForwardEntry": (ROUTE_ROW, self._new_route),
            "CreateIpForwardEntry2": (ROUTE_ROW, self._create_route),
            "DeleteIpForwardEntry2": (ROUTE_ROW, self._delete_route),
            "GetIfEntry2": (ADAPTER_ROW, self._get_adapter),
        }[function]
        if len(row) != size:
            raise AssertionError(f"{function} reads and writes {size} bytes, it was given {len(row)}")
        return answer(row)

    def table(self, function: str, family: int | None) -> tuple[int, bytes]:
        """The whole table as it lies in memory."""
        if self.refuse.get(function):
            return self.refuse[function].pop(0), b""
        if function == "GetIfTable2":
            assert family is None, "GetIfTable2 takes no family"
            rows = [self._adapter_row(adapter) for adapter in self.adapters]
        else:
            if family not in (IPV4, IPV6):
                return INVALID_PARAMETER, b""
            rows = {
                "GetUnicastIpAddressTable": lambda: [self._address_row(each) for each in self.addresses],
                "GetIpForwardTable2": lambda: [self._route_row(each) for each in self.routes],
            }[function]()
            if not rows or family == IPV4:
                return NOT_FOUND, b""
        return OK, struct.pack("<I4x", len(rows)) + b"".join(rows)

    # --- addresses ---------------------------------------------------------------------------------------------------

    def put_address(self, luid: int, address: bytes, length: int, dad_state: int = 4) -> int:
        """Take the address, and make the route of its prefix."""
        adapter = self._adapter(luid)
        if adapter is None or not self._has(adapter, IPV6):
            return NOT_FOUND
        if any(each.address == address for each in self.addresses):
            return ALREADY_EXISTS
        self.addresses.append(Address(luid, address, length, dad_state))
        connected = Route(luid, _masked(address, length), length, protocol=LOCAL)
        if not any((each.luid, each.prefix, each.length) == (luid, connected.prefix, length) for each in self.routes):
            self.routes.append(connected)
        self.changed()
        return OK

    def drop_address(self, luid: int, address: bytes) -> int:
        found = [each for each in self.addresses if (each.luid, each.address) == (luid, address)]
        if not found:
            return NOT_FOUND
        self.addresses.remove(found[0])
        connected = Route(luid, _masked(address, found[0].length), found[0].length, protocol=LOCAL)
        self.routes = [each for each in self.routes if each != connected]
        self.changed()
        return OK

    def _new_address(self, _row: bytes) -> tuple[int, bytes]:
        row = bytearray(ADDRESS_ROW)
        struct.pack_into("<IIIIB", row, 44, UNCHANGED, UNCHANGED, FOREVER, FOREVER, 255)
        return OK, bytes(row)

    def _create_address(self, row: bytes) -> tuple[int, bytes]:
        (family, address), luid = _inet(row, 0), struct.unpack_from("<Q", row, 32)[0]
        prefix_origin, suffix_origin, valid, preferred, length = struct.unpack_from("<IIIIB", row, 44)
        if not self.elevated:
            return ACCESS_DENIED, row
        origins = (*range(5), UNCHANGED)
        wrong = (
            family != IPV6
            or not luid
            or not any(address)
            or address[0] == 0xFF
            or length > 128
            or valid < preferred
            or valid == 0
            or prefix_origin not in origins
            or suffix_origin not in (*range(6), UNCHANGED)
            or (prefix_origin == UNCHANGED) != (suffix_origin == UNCHANGED)
        )
        if wrong:
            return INVALID_PARAMETER, row
        return self.put_address(luid, address, length, struct.unpack_from("<I", row, 64)[0]), row

    def _delete_address(self, row: bytes) -> tuple[int, bytes]:
        if not self.elevated:
            return ACCESS_DENIED, row
        (family, address), luid = _inet(row, 0), struct.unpack_from("<Q", row, 32)[0]
        return (self.drop_address(luid, address) if family == IPV6 and luid else INVALID_PARAMETER), row

    def _address_row(self, each: Address) -> bytes:
        row = bytearray(ADDRESS_ROW)
        row[:28] = _put_inet(each.address)
        struct.pack_into("<Q", row, 32, each.luid)
        struct.pack_into("<IIIIB", row, 44, 1, 1, FOREVER, FOREVER, each.length)
        struct.pack_into("<I", row, 64, each.dad_state)
        return bytes(row)

    # --- what IP does on an adapter ----------------------------------------------------------------------------------

    def set_mtu(self, adapter: Adapter, family: int, mtu: int) -> int:
        if mtu > adapter.mtu or (family == IPV6 and mtu < 1280):
            return INVALID_PARAMETER
        adapter.ip[family]["mtu"] = mtu
        self.changed()
        return OK

    def _get_interface(self, given: bytes) -> tuple[int, bytes]:
        code, adapter, family = self._ip(given)
        if code:
            return code, given
        settings, row = adapter.ip[family], bytearray(given)
        struct.pack_into("<III", row, 52, settings["discovery"], settings["dad"], 1000)
        struct.pack_into("<III", row, 144, settings["site"], 25, settings["mtu"])
        row[156] = adapter.status == UP
        return OK, bytes(row)

    def _set_interface(self, row: bytes) -> tuple[int, bytes]:
        if not self.elevated:
            return ACCESS_DENIED, row
        code, adapter, family = self._ip(row)
        if code:
            return code, row
        discovery, dad = struct.unpack_from("<II", row, 52)
        site, _, mtu = struct.unpack_from("<III", row, 144)
        if site > (32 if family == IPV4 else 128):
            return INVALID_PARAMETER, row
        code = self.set_mtu(adapter, family, mtu)
        if code == OK:
            adapter.ip[family].update(discovery=discovery, dad=dad)
        return code, row

    def _ip(self, row: bytes) -> tuple[int, Adapter, int]:
        family, luid = struct.unpack_from("<H6xQ", row)
        nobody = Adapter(0, 0, "")
        if family not in (IPV4, IPV6) or not luid:
            return INVALID_PARAMETER, nobody, family
        adapter = self._adapter(luid)
        if adapter is None or not self._has(adapter, family):
            return NOT_FOUND, nobody, family
        return OK, adapter, family

    # --- routes ------------------------------------------------------------------------------------------------------

    def put_route(self, luid: int, prefix: bytes, length: int) -> int:
        adapter = self._adapter(luid)
        if adapter is None or not self._has(adapter, IPV6):
            return NOT_FOUND
        if any((each.luid, each.prefix, each.length) == (luid, prefix, length) for each in self.routes):
            return ALREADY_EXISTS
        self.routes.append(Route(luid, prefix, length))
        self.changed()
        return OK

    def drop_route(self, luid: int, prefix: bytes, length: int) -> int:
        kept = [each for each in self.routes if (each.luid, each.prefix, each.length) != (luid, prefix, length)]
        if len(kept) == len(self.routes):
            return NOT_FOUND
        self.routes = kept
        self.changed()
        return OK

    def _new_route(self, _row: bytes) -> tuple[int, bytes]:
        row = bytearray(ROUTE_ROW)
        struct.pack_into("<BxxxIIII4B", row, 72, 255, FOREVER, FOREVER, FOREVER, 0, 1, 1, 1, 1)
        return OK, bytes(row)

    def _create_route(self, row: bytes) -> tuple[int, bytes]:
        if not self.elevated:
            return ACCESS_DENIED, row
        luid, (family, prefix), length = struct.unpack_from("<Q", row)[0], _inet(row, 12), row[40]
        hop_family, _ = _inet(row, 44)
        site, valid, preferred, metric, protocol = struct.unpack_from("<BxxxIIII", row, 72)
        wrong = (
            family != IPV6
            or hop_family != family
            or not luid
            or length > 128
            or prefix != _masked(prefix, length)
            or site > length
            or preferred > valid
            or metric == FOREVER
            or protocol not in range(1, 15)
        )
        return (INVALID_PARAMETER if wrong else self.put_route(luid, prefix, length)), row

    def _delete_route(self, row: bytes) -> tuple[int, bytes]:
        if not self.elevated:
            return ACCESS_DENIED, row
        luid, (family, prefix), hop = struct.unpack_from("<Q", row)[0], _inet(row, 12), _inet(row, 44)
        if not luid or family != IPV6 or hop[0] != family:
            return INVALID_PARAMETER, row
        return self.drop_route(luid, prefix, row[40]), row

    def _route_row(self, each: Route) -> bytes:
        row = bytearray(ROUTE_ROW)
        struct.pack_into("<Q", row, 0, each.luid)
        row[12:40], row[40] = _put_inet(each.prefix), each.length
        row[44:72] = _put_inet(each.next_hop)
        struct.pack_into("<BxxxIIII", row, 72, 0, FOREVER, FOREVER, 0, each.protocol)
        return bytes(row)

    # --- adapters ----------------------------------------------------------------------------------------------------

    def _get_adapter(self, row: bytes) -> tuple[int, bytes]:
        luid = struct.unpack_from("<Q", row)[0]
        adapter = self._adapter(luid)
        if not luid:
            return INVALID_PARAMETER, row
        return (OK, self._adapter_row(adapter)) if adapter else (FILE_NOT_FOUND, row)

    def _adapter_row(self, adapter: Adapter) -> bytes:
        row = bytearray(ADAPTER_ROW)
        struct.pack_into("<QI16s", row, 0, adapter.luid, adapter.index, adapter.guid)
        alias = adapter.alias.encode("utf-16-le")
        row[28 : 28 + len(alias)] = alias
        row[542:550] = "Test".encode("utf-16-le")  # the description, right behind the alias
        struct.pack_into("<I", row, 1124, adapter.mtu)
        struct.pack_into("<I", row, 1156, adapter.status)
        return bytes(row)

    def _adapter(self, luid: int) -> Adapter | None:
        return next((each for each in self.adapters if each.luid == luid), None)

    def _has(self, adapter: Adapter, family: int) -> bool:
        return family in adapter.ip and (family == IPV4 or self.ipv6)


def _inet(row: bytes, at: int) -> tuple[int, bytes]:
    return struct.unpack_from("<H", row, at)[0], row[at + 8 : at + 24]


def _put_inet(address: bytes) -> bytes:
    return struct.pack("<H6x16s4x", IPV6, address)


def _masked(address: bytes, length: int) -> bytes:
    mask = ((1 << length) - 1) << (128 - length)
    return (int.from_bytes(address, "big") & mask).to_bytes(16, "big")
