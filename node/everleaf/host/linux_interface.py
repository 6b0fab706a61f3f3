"""One interface of a Linux host by rtnetlink: its link, its IPv6 addresses, its routes to the mesh.

Netlink is all there is: what it refuses, the `ip` command, which asks the same kernel by the same messages, would be
refused too, so there is no fallback to it.

Layouts: linux/if_link.h, linux/if_addr.h, linux/rtnetlink.h. All integers in host order.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from dataclasses import dataclass

from everleaf.host.abi import load
from everleaf.host.base import MESH, PREFIX_LENGTH
from everleaf.host.netlink import Message, Netlink, attribute, unpack
from everleaf.host.route import Outcome

IFINFOMSG = struct.Struct("=BxHiII")  # family, type, index, flags, change
IFADDRMSG = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, index
RTMSG = struct.Struct("=BBBBBBBBI")  # family, dst, src, tos, table, protocol, scope, type, flags
U32 = struct.Struct("=I")


@dataclass(frozen=True, slots=True)
class Link:
    """The state of the link layer."""

    name: str
    kind: str  # the driver's: "tun" for both TUN and TAP, "" for a device of no driver that says so
    up: bool
    carrier: bool  # of a TUN or TAP: whether somebody has it open
    mtu: int


def links(netlink: Netlink) -> dict[int, Link]:
    """Every interface by its index."""
    found = netlink.dump(load("linux")["RTM_GETLINK"], IFINFOMSG.pack(socket.AF_UNSPEC, 0, 0, 0, 0))
    return {IFINFOMSG.unpack_from(message.body)[2]: _link(message) for message in found}


def _link(message: Message) -> Link:
    abi = load("linux")
    flags = IFINFOMSG.unpack_from(message.body)[3]
    told = message.attributes(IFINFOMSG.size)
    kind = unpack(told.get(abi["IFLA_LINKINFO"], b"")).get(abi["IFLA_INFO_KIND"], b"")
    return Link(
        name=_text(told[abi["IFLA_IFNAME"]]),
        kind=_text(kind),
        up=bool(flags & abi["IFF_UP"]),
        carrier=any(told.get(abi["IFLA_CARRIER"], b"\1")),
        mtu=U32.unpack(told[abi["IFLA_MTU"]])[0],
    )


class LinuxInterface:
    """Asks and tells the kernel about one interface. Errors are OSError with the kernel's errno."""

    def __init__(self, netlink: Netlink, index: int) -> None:
        self._abi = load("linux")
        self._netlink = netlink
        self._index = index

    # --- what is ------------------------------------------------------------------------------------------------------

    def link(self) -> Link | None:
        """Its link; None when it is gone."""
        try:
            told = self._netlink.ask(self._abi["RTM_GETLINK"], self._link_head())
        except OSError as error:
            if error.errno in (errno.ENODEV, errno.ENXIO):
                return None
            raise
        return _link(told) if told else None

    def addresses(self) -> frozenset[tuple[bytes, int]]:
        """Its IPv6 addresses with their prefix lengths."""
        found = set()
        for message in self._netlink.dump(self._abi["RTM_GETADDR"], IFADDRMSG.pack(socket.AF_INET6, 0, 0, 0, 0)):
            _, length, _, _, index = IFADDRMSG.unpack_from(message.body)
            address = message.attributes(IFADDRMSG.size).get(self._abi["IFA_ADDRESS"])
            if index == self._index and address:
                found.add((address, length))
        return frozenset(found)

    def routed(self) -> bool:
        """Whether the main table leads the mesh's prefix into it."""
        return any(self._leads_here(message) for message in self._routes())

    def _routes(self) -> list[Message]:
        return self._netlink.dump(self._abi["RTM_GETROUTE"], RTMSG.pack(socket.AF_INET6, 0, 0, 0, 0, 0, 0, 0, 0))

    def _leads_here(self, message: Message) -> bool:
        abi = self._abi
        _, length, _, _, table, _, _, kind, flags = RTMSG.unpack_from(message.body)
        if (length, table, kind) != (PREFIX_LENGTH, abi["RT_TABLE_MAIN"], abi["RTN_UNICAST"]):
            return False
        told = message.attributes(RTMSG.size)
        out = told.get(abi["RTA_OIF"])
        return told.get(abi["RTA_DST"]) == MESH and out == U32.pack(self._index) and not flags & abi["RTM_F_CLONED"]

    # --- what shall be ------------------------------------------------------------------------------------------------

    def set_mtu(self, mtu: int) -> None:
        """Bytes."""
        self._change_link(attribute(self._abi["IFLA_MTU"], U32.pack(mtu)))

    def set_up(self) -> None:
        """Bring it up."""
        up = self._abi["IFF_UP"]
        self._netlink.request(self._abi["RTM_NEWLINK"], 0, IFINFOMSG.pack(socket.AF_UNSPEC, 0, self._index, up, up))

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

    def add_route(self) -> tuple[Outcome, str]:
        """Lead the mesh's prefix into it; what came of it, and the kernel's words."""
        abi = self._abi
        return self._route(abi["RTM_NEWROUTE"], abi["NLM_F_CREATE"] | abi["NLM_F_EXCL"], abi["RTPROT_STATIC"])

    def delete_route(self) -> tuple[Outcome, str]:
        """Take one route to the mesh's prefix away; what came of it, and the kernel's words."""
        return self._route(self._abi["RTM_DELROUTE"], 0, 0)

    def _route(self, kind: int, flags: int, protocol: int) -> tuple[Outcome, str]:
        abi = self._abi
        scope, unicast = abi["RT_SCOPE_UNIVERSE"], abi["RTN_UNICAST"]
        head = RTMSG.pack(socket.AF_INET6, PREFIX_LENGTH, 0, 0, abi["RT_TABLE_MAIN"], protocol, scope, unicast, 0)
        into = attribute(abi["RTA_DST"], MESH) + attribute(abi["RTA_OIF"], U32.pack(self._index))
        try:
            self._netlink.request(kind, flags, head + into)
        except OSError as error:
            return outcome(error.errno or 0), os.strerror(error.errno or 0)
        return Outcome.DONE, ""

    def _address(self, address: bytes, prefix_length: int, flags: int) -> bytes:
        abi = self._abi
        head = IFADDRMSG.pack(socket.AF_INET6, prefix_length, flags, abi["RT_SCOPE_UNIVERSE"], self._index)
        return head + attribute(abi["IFA_LOCAL"], address) + attribute(abi["IFA_ADDRESS"], address)

    def _change_link(self, attributes: bytes) -> None:
        self._netlink.request(self._abi["RTM_NEWLINK"], 0, self._link_head() + attributes)

    def _link_head(self) -> bytes:
        return IFINFOMSG.pack(socket.AF_UNSPEC, 0, self._index, 0, 0)


def outcome(code: int) -> Outcome:
    """What the kernel's errno says of a route."""
    return {0: Outcome.DONE, errno.EEXIST: Outcome.EXISTS, errno.ESRCH: Outcome.MISSING}.get(code, Outcome.REFUSED)


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode(errors="replace")
