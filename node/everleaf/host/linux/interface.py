"""One interface of a Linux host by rtnetlink: its link, its IPv6 addresses, its routes to the mesh.

Netlink is all there is: what it refuses, the `ip` command, which asks the same kernel by the same messages, would be
refused too, so there is no fallback to it.

Layouts: linux/if_link.h, linux/if_addr.h, linux/rtnetlink.h. All integers in host order.
"""

from __future__ import annotations

import errno
import socket
import struct
from dataclasses import dataclass

from everleaf.host.abi import load
from everleaf.host.base import MESH, PREFIX_LENGTH
from everleaf.host.linux.netlink import Message, Netlink, attribute, unpack
from everleaf.host.route import Outcome

IFINFOMSG = struct.Struct("=BxHiII")  # family, type, index, flags, change
IFADDRMSG = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, index
RTMSG = struct.Struct("=BBBBBBBBI")  # family, dst, src, tos, table, protocol, scope, type, flags
U32 = struct.Struct("=I")
DRIVER = "tun"  # what the kernel calls the driver of TUN and TAP devices


@dataclass(frozen=True, slots=True)
class Link:
    """The state of the link layer."""

    name: str
    kind: str  # the driver's: "tun" for both TUN and TAP, "" where it does not say
    tap: bool | None  # of a device of this driver; None where the kernel does not say (before 4.17)
    resolves: bool  # whether neighbour discovery goes before its packets, as on Ethernet
    up: bool
    carrier: bool  # of a TUN or TAP: whether somebody has it open
    mtu: int
    queue: int  # packets that may wait for its reader
    made_beforehand: bool | None  # so that a TUN or TAP stays when nobody has it open; None as of `tap`


def all_interfaces(netlink: Netlink) -> list[LinuxInterface]:
    """Every interface of this network namespace."""
    found = netlink.dump(load("linux")["RTM_GETLINK"], IFINFOMSG.pack(socket.AF_UNSPEC, 0, 0, 0, 0))
    return [LinuxInterface(netlink, IFINFOMSG.unpack_from(each.body)[2], _link(each).name) for each in found]


def _link(message: Message) -> Link:
    abi = load("linux")
    flags = IFINFOMSG.unpack_from(message.body)[3]
    told = message.attributes(IFINFOMSG.size)
    driver = unpack(told.get(abi["IFLA_LINKINFO"], b""))
    data = unpack(driver.get(abi["IFLA_INFO_DATA"], b""))
    mode = data.get(abi["IFLA_TUN_TYPE"])
    persists = data.get(abi["IFLA_TUN_PERSIST"])
    kind = _text(driver.get(abi["IFLA_INFO_KIND"], b""))
    return Link(
        name=_text(told[abi["IFLA_IFNAME"]]),
        kind=kind,
        tap=mode[0] == abi["IFF_TAP"] if mode and kind == DRIVER else None,
        resolves=not flags & abi["IFF_NOARP"],
        up=bool(flags & abi["IFF_UP"]),
        carrier=any(told.get(abi["IFLA_CARRIER"], b"\1")),
        mtu=U32.unpack(told[abi["IFLA_MTU"]])[0],
        queue=U32.unpack(told[abi["IFLA_TXQLEN"]])[0],
        made_beforehand=any(persists) if persists and kind == DRIVER else None,
    )


class LinuxInterface:
    """Asks and tells the kernel about one interface. Errors are OSError with the kernel's errno."""

    def __init__(self, netlink: Netlink, index: int, name: str) -> None:
        self.name = name
        self._abi = load("linux")
        self._netlink = netlink
        self._index = index

    @classmethod
    def find(cls, netlink: Netlink, name: str) -> LinuxInterface | None:
        """The interface of this name, if there is one."""
        try:
            return cls(netlink, socket.if_nametoindex(name), name)
        except OSError:
            return None

    # --- what is ------------------------------------------------------------------------------------------------------

    def link(self) -> Link:
        """Its link. ENODEV when the interface is gone."""
        return _link(self._netlink.ask(self._abi["RTM_GETLINK"], self._link_head()))

    def addresses(self) -> frozenset[tuple[bytes, int]]:
        """Its IPv6 addresses with their prefix lengths."""
        found = set()
        wanted = IFADDRMSG.pack(socket.AF_INET6, 0, 0, 0, self._index)
        for message in self._netlink.dump(self._abi["RTM_GETADDR"], wanted):
            family, length, _, _, index = IFADDRMSG.unpack_from(message.body)
            address = message.attributes(IFADDRMSG.size).get(self._abi["IFA_ADDRESS"])
            if (family, index) == (socket.AF_INET6, self._index) and address:
                found.add((address, length))
        return frozenset(found)

    def routed(self) -> bool:
        """Whether the main table leads the mesh's prefix into it."""
        return any(self._leads_here(message) for message in self._routes())

    def _routes(self) -> list[Message]:
        abi = self._abi
        head = RTMSG.pack(socket.AF_INET6, 0, 0, 0, abi["RT_TABLE_MAIN"], 0, 0, abi["RTN_UNICAST"], 0)
        return self._netlink.dump(abi["RTM_GETROUTE"], head + attribute(abi["RTA_OIF"], U32.pack(self._index)))

    def _leads_here(self, message: Message) -> bool:
        out = message.attributes(RTMSG.size).get(self._abi["RTA_OIF"])
        return to_mesh(message) and out == U32.pack(self._index)

    # --- what shall be ------------------------------------------------------------------------------------------------

    def set_mtu(self, mtu: int) -> None:
        """Bytes."""
        self._change_link(attribute(self._abi["IFLA_MTU"], U32.pack(mtu)))

    def set_queue(self, packets: int) -> None:
        """How many may wait for its reader."""
        self._change_link(attribute(self._abi["IFLA_TXQLEN"], U32.pack(packets)))

    def set_up(self) -> None:
        """Bring it up."""
        self._set_flags(self._abi["IFF_UP"])

    def set_down(self) -> None:
        """Take it down; its IPv6 addresses and routes go."""
        self._set_flags(0)

    def no_link_local(self) -> None:
        """Let the kernel make no fe80:: address for it. To be said before it is up."""
        abi = self._abi
        mode = attribute(abi["IFLA_INET6_ADDR_GEN_MODE"], bytes([abi["IN6_ADDR_GEN_MODE_NONE"]]))
        self._change_link(attribute(abi["IFLA_AF_SPEC"], attribute(socket.AF_INET6, mode)))

    def add_address(self, address: bytes, prefix_length: int) -> None:
        """Give it an IPv6 address; one it already has is fine."""
        abi = self._abi
        flags = abi["NLM_F_CREATE"] | abi["NLM_F_REPLACE"]
        self._netlink.request(abi["RTM_NEWADDR"], flags, self._address(address, prefix_length, abi["IFA_F_NODAD"]))

    def delete_address(self, address: bytes, prefix_length: int) -> None:
        """Take an IPv6 address away; one it has no more is fine."""
        try:
            self._netlink.request(self._abi["RTM_DELADDR"], 0, self._address(address, prefix_length, 0))
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise

    def add_route(self) -> Outcome:
        """Lead the mesh's prefix into it. EXISTS if any interface has the same route."""
        abi = self._abi
        return self._route(abi["RTM_NEWROUTE"], abi["NLM_F_CREATE"] | abi["NLM_F_EXCL"], abi["RTPROT_STATIC"])

    def delete_route(self) -> Outcome:
        """Take one route to the mesh's prefix away from it."""
        return self._route(self._abi["RTM_DELROUTE"], 0, self._abi["RTPROT_UNSPEC"])

    def _route(self, kind: int, flags: int, protocol: int) -> Outcome:
        """A refusal is an OSError, as everywhere here; REFUSED is for those who cannot tell why."""
        abi = self._abi
        scope, unicast = abi["RT_SCOPE_UNIVERSE"], abi["RTN_UNICAST"]
        head = RTMSG.pack(socket.AF_INET6, PREFIX_LENGTH, 0, 0, abi["RT_TABLE_MAIN"], protocol, scope, unicast, 0)
        into = attribute(abi["RTA_DST"], MESH) + attribute(abi["RTA_OIF"], U32.pack(self._index))
        try:
            self._netlink.request(kind, flags, head + into)
        except OSError as error:
            if error.errno == errno.EEXIST:
                return Outcome.EXISTS
            if error.errno == errno.ESRCH:
                return Outcome.MISSING
            raise
        return Outcome.DONE

    def _address(self, address: bytes, prefix_length: int, flags: int) -> bytes:
        abi = self._abi
        head = IFADDRMSG.pack(socket.AF_INET6, prefix_length, flags, abi["RT_SCOPE_UNIVERSE"], self._index)
        return head + attribute(abi["IFA_LOCAL"], address) + attribute(abi["IFA_ADDRESS"], address)

    def _set_flags(self, flags: int) -> None:
        change = self._abi["IFF_UP"]
        self._netlink.request(
            self._abi["RTM_NEWLINK"], 0, IFINFOMSG.pack(socket.AF_UNSPEC, 0, self._index, flags, change)
        )

    def _change_link(self, attributes: bytes) -> None:
        self._netlink.request(self._abi["RTM_NEWLINK"], 0, self._link_head() + attributes)

    def _link_head(self) -> bytes:
        return IFINFOMSG.pack(socket.AF_UNSPEC, 0, self._index, 0, 0)


def to_mesh(message: Message) -> bool:
    """Whether this is a route of the main table for the mesh's whole prefix."""
    abi = load("linux")
    family, length, _, _, table, _, _, kind, _ = RTMSG.unpack_from(message.body)
    if (family, length, table, kind) != (socket.AF_INET6, PREFIX_LENGTH, abi["RT_TABLE_MAIN"], abi["RTN_UNICAST"]):
        return False
    return message.attributes(RTMSG.size).get(abi["RTA_DST"]) == MESH


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode(errors="replace")
