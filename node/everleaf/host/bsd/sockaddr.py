"""Socket addresses as the BSDs and macOS lay them out, alone and in the rows that follow a routing message.

Each starts with its length and its family. In a row each is padded to this system's unit, and one of length 0 still
takes a unit. A netmask from the kernel is cut behind its last byte that is not 0, and its family may be anything.
"""

from __future__ import annotations

from everleaf.host.abi import Abi
from everleaf.host.abi.structure import Structure

INET_AT = 4  # sockaddr_in: length, family, port, then the address
INET6_AT = 8  # sockaddr_in6: length, family, port, flow, then the address


def inet6(abi: Abi, address: bytes) -> bytes:
    """A sockaddr_in6 with this address of 16 bytes; port, flow and scope 0."""
    if len(address) != 16:
        raise ValueError(f"an IPv6 address has 16 bytes, not {len(address)}")
    sockaddr = Structure(abi, "sockaddr_in6")
    sockaddr.put("sin6_len", abi.sizeof("sockaddr_in6"), 1)
    sockaddr.put("sin6_family", abi["AF_INET6"], 1)
    sockaddr.place("sin6_addr", address)
    return bytes(sockaddr)


def link(abi: Abi, index: int) -> bytes:
    """A sockaddr_dl that names an interface by its index alone."""
    sockaddr = Structure(abi, "sockaddr_dl")
    sockaddr.put("sdl_len", abi.sizeof("sockaddr_dl"), 1)
    sockaddr.put("sdl_family", abi["AF_LINK"], 1)
    sockaddr.put("sdl_index", index, 2)
    return bytes(sockaddr)


def netmask(prefix_length: int) -> bytes:
    """The 16 bytes of an IPv6 netmask."""
    return ((1 << 128) - (1 << (128 - prefix_length))).to_bytes(16, "big")


def masked(address: bytes, prefix_length: int) -> bytes:
    """An IPv6 address without its host bits."""
    return bytes(byte & mask for byte, mask in zip(address, netmask(prefix_length), strict=True))


def row(abi: Abi, sockaddrs: list[bytes]) -> bytes:
    """Socket addresses one after the other, each padded."""
    return b"".join(sockaddr + bytes(_padded(abi, len(sockaddr)) - len(sockaddr)) for sockaddr in sockaddrs)


def split(abi: Abi, bits: int, data: bytes) -> dict[int, bytes]:
    """The row behind a header, by the number of each set bit; what is cut short is left out, with all behind it."""
    found: dict[int, bytes] = {}
    for number in range(abi["RTAX_MAX"]):
        if not bits >> number & 1:
            continue
        if not data or data[0] > len(data):
            break
        found[number] = data[: data[0]]
        data = data[_padded(abi, data[0]) :]
    return found


def address_of(abi: Abi, sockaddr: bytes) -> bytes:
    """The 16 or 4 bytes of an Internet address; b"" for any other family, or when it is cut."""
    family = sockaddr[1] if len(sockaddr) > 1 else abi["AF_UNSPEC"]
    start, size = {abi["AF_INET6"]: (INET6_AT, 16), abi["AF_INET"]: (INET_AT, 4)}.get(family, (0, 0))
    address = sockaddr[start : start + size]
    return address if len(address) == size else b""


def prefix_length_of(mask: bytes, address: bytes) -> int:
    """How many leading bits a netmask has set, given the address it belongs to."""
    start = INET6_AT if len(address) == 16 else INET_AT
    bits = int.from_bytes(mask[start : start + len(address)].ljust(len(address), b"\0"), "big")
    width = 8 * len(address)
    return width - (bits ^ (1 << width) - 1).bit_length()


def name_of(abi: Abi, sockaddr: bytes) -> str:
    """The interface's name in a sockaddr_dl; "" when there is none."""
    start, length_at = abi.offsetof("sockaddr_dl", "sdl_data"), abi.offsetof("sockaddr_dl", "sdl_nlen")
    if len(sockaddr) <= start or sockaddr[1] != abi["AF_LINK"]:
        return ""
    return sockaddr[start : start + sockaddr[length_at]].decode("ascii", "replace")


def index_of(abi: Abi, sockaddr: bytes) -> int:
    """The interface's index in a sockaddr_dl; 0 when there is none."""
    start = abi.offsetof("sockaddr_dl", "sdl_index")
    if len(sockaddr) < start + 2 or sockaddr[1] != abi["AF_LINK"]:
        return 0
    return int.from_bytes(sockaddr[start : start + 2], abi.byteorder)


def _padded(abi: Abi, length: int) -> int:
    unit = abi["ROUTE_ALIGNMENT"]
    return max(-(-length // unit), 1) * unit
