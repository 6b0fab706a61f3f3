"""Linux rtnetlink, as much as a TUN device needs: link state and MTU, one address, one route.

Layouts: rtnetlink(7), netlink(7), linux/if_link.h, linux/if_addr.h, linux/rtnetlink.h. All integers in host order.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from types import TracebackType

from everleaf.errors import HostError, PermissionDeniedError

RTM_NEWLINK, RTM_NEWADDR, RTM_DELADDR, RTM_NEWROUTE = 16, 20, 21, 24
NLM_F_REQUEST, NLM_F_ACK, NLM_F_REPLACE, NLM_F_CREATE = 0x01, 0x04, 0x100, 0x400
NLMSG_ERROR = 2
IFLA_MTU = 4
IFA_ADDRESS, IFA_LOCAL = 1, 2
IFA_F_NODAD = 0x02
IFF_UP = 0x1
RTA_DST, RTA_OIF = 1, 4
RT_TABLE_MAIN, RTPROT_STATIC, RT_SCOPE_UNIVERSE, RTN_UNICAST = 254, 4, 0, 1

NLMSGHDR = struct.Struct("=IHHII")  # length, type, flags, sequence, port
IFINFOMSG = struct.Struct("=BxHiII")  # family, type, index, flags, change
IFADDRMSG = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, index
RTMSG = struct.Struct("=BBBBBBBBI")  # family, dst, src, tos, table, protocol, scope, type, flags
RTATTR = struct.Struct("=HH")  # length, type
ERROR_CODE = struct.Struct("=i")


def attribute(kind: int, value: bytes) -> bytes:
    """One routing attribute, padded to four bytes."""
    return RTATTR.pack(RTATTR.size + len(value), kind) + value + bytes(-len(value) % 4)


class Netlink:
    """One rtnetlink conversation: send a request, wait for its acknowledgement."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self._socket.bind((0, 0))
        self._sequence = 0

    def __enter__(self) -> Netlink:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._socket.close()

    def set_link(self, index: int, *, mtu: int) -> None:
        """Set the MTU (bytes) and bring the interface up."""
        body = IFINFOMSG.pack(socket.AF_UNSPEC, 0, index, IFF_UP, IFF_UP)
        self._request(RTM_NEWLINK, 0, body + attribute(IFLA_MTU, struct.pack("=I", mtu)), f"set MTU {mtu} and up")

    def add_address(self, index: int, address: bytes, prefix_length: int) -> None:
        """Give the interface an IPv6 address; one it already has is fine."""
        self._request(
            RTM_NEWADDR,
            NLM_F_CREATE | NLM_F_REPLACE,
            IFADDRMSG.pack(socket.AF_INET6, prefix_length, IFA_F_NODAD, RT_SCOPE_UNIVERSE, index)
            + attribute(IFA_LOCAL, address)
            + attribute(IFA_ADDRESS, address),
            f"add address {socket.inet_ntop(socket.AF_INET6, address)}/{prefix_length}",
        )

    def delete_address(self, index: int, address: bytes, prefix_length: int) -> None:
        """Take an IPv6 address away."""
        self._request(
            RTM_DELADDR,
            0,
            IFADDRMSG.pack(socket.AF_INET6, prefix_length, 0, RT_SCOPE_UNIVERSE, index)
            + attribute(IFA_LOCAL, address)
            + attribute(IFA_ADDRESS, address),
            f"delete address {socket.inet_ntop(socket.AF_INET6, address)}/{prefix_length}",
        )

    def add_route(self, index: int, prefix: bytes, prefix_length: int) -> None:
        """Route an IPv6 prefix into the interface; an equal route is replaced."""
        body = RTMSG.pack(
            socket.AF_INET6, prefix_length, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, RT_SCOPE_UNIVERSE, RTN_UNICAST, 0
        )
        attributes = attribute(RTA_DST, prefix) + attribute(RTA_OIF, struct.pack("=I", index))
        text = f"{socket.inet_ntop(socket.AF_INET6, prefix)}/{prefix_length}"
        self._request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, body + attributes, f"add route {text}")

    def _request(self, kind: int, flags: int, body: bytes, what: str) -> None:
        self._sequence += 1
        length = NLMSGHDR.size + len(body)
        self._socket.send(NLMSGHDR.pack(length, kind, flags | NLM_F_REQUEST | NLM_F_ACK, self._sequence, 0) + body)
        code = self._acknowledgement()
        if code == errno.EPERM:
            raise PermissionDeniedError(
                f"the kernel refused to {what}: {os.strerror(code)}", fix="run as root or grant CAP_NET_ADMIN"
            )
        if code == errno.EACCES and kind == RTM_NEWADDR:  # net/ipv6/addrconf.c; a missing privilege is EPERM
            raise HostError(f"IPv6 is off, so the kernel refused to {what}", fix=_IPV6_ON)
        if code:
            raise HostError(f"the kernel refused to {what}: {os.strerror(code)}", fix=_REMEDIES.get(code, ""))

    def _acknowledgement(self) -> int:
        """The errno of the answer to the last request, 0 for success."""
        while True:
            answer = self._socket.recv(65536)
            _, kind, _, sequence, _ = NLMSGHDR.unpack_from(answer)
            if kind == NLMSG_ERROR and sequence == self._sequence:
                code: int = ERROR_CODE.unpack_from(answer, NLMSGHDR.size)[0]
                return -code


_IPV6_ON = "run: sysctl -w net.ipv6.conf.all.disable_ipv6=0"
_REMEDIES = {
    errno.EINVAL: f"if IPv6 is off, {_IPV6_ON}",
    errno.EOPNOTSUPP: "this kernel has no IPv6; load it with: modprobe ipv6",
}
