"""A key's IPv6 address and /64, and what these tell about the key.

Both begin with a prefix byte and the number of the key's leading zero bits; then follow the bits behind the key's first
one bit, inverted. So keys with many leading zeros, which are costly to find, have more of themselves in their address.
"""

from __future__ import annotations

import ipaddress

ADDRESS_PREFIX = 0x02  # node addresses: 0200::/8
SUBNET_PREFIX = 0x03  # their /64s: 0300::/8; together 0200::/7

_KEY_BITS = 256
_KEY_MASK = (1 << _KEY_BITS) - 1
_TAIL_SIZE = 14  # bytes behind prefix and zero count


def address_of(key: bytes) -> bytes:
    """The 16-byte address of a node key."""
    number = int.from_bytes(key)
    zeros = _KEY_BITS - number.bit_length()
    rest_bits = max(_KEY_BITS - 1 - zeros, 0)
    rest = (number ^ _KEY_MASK) & (1 << rest_bits) - 1
    whole = rest_bits // 8  # bits that fill no byte are dropped, as in the reference
    tail = (rest >> rest_bits % 8).to_bytes(whole)[:_TAIL_SIZE]
    return bytes((ADDRESS_PREFIX, zeros & 0xFF)) + tail.ljust(_TAIL_SIZE, b"\0")  # 256 zeros wrap to 0


def subnet_of(key: bytes) -> bytes:
    """The first 8 bytes of every address in the /64 of a node key."""
    return bytes((SUBNET_PREFIX,)) + address_of(key)[1:8]


def key_of_address(address: bytes) -> bytes:
    """The partial key to look up for a 16-byte address: its bits as far as the address tells, then ones."""
    zeros = address[1]
    known = ((1 << zeros) - 1) << 1 + 8 * _TAIL_SIZE | int.from_bytes(address[2:])
    unknown_bits = _KEY_BITS - zeros - 1 - 8 * _TAIL_SIZE
    inverted = known << unknown_bits if unknown_bits > 0 else known >> -unknown_bits
    return (inverted ^ _KEY_MASK).to_bytes(_KEY_BITS // 8)


def key_of_subnet(subnet: bytes) -> bytes:
    """The partial key to look up for a subnet, given as its 8 bytes or any 16-byte address inside."""
    return key_of_address(subnet[:8] + bytes(8))


def transform(key: bytes) -> bytes:
    """The key as filters and lookups compare it: what its subnet tells. Full and partial keys give the same."""
    return key_of_subnet(subnet_of(key))


def is_overlay(address: bytes) -> bool:
    """Whether a 16-byte address is the overlay's own, a node's or inside a subnet."""
    return address[0] in (ADDRESS_PREFIX, SUBNET_PREFIX)


def text(address: bytes) -> str:
    """A 16-byte address as RFC 5952 writes it."""
    return str(ipaddress.IPv6Address(address))


def text_subnet(subnet: bytes) -> str:
    """An 8-byte subnet, with its prefix length."""
    return f"{text(subnet + bytes(8))}/64"


def parse(address: str) -> bytes:
    """The 16 bytes of an overlay address; ValueError for anything else."""
    packed = ipaddress.IPv6Address(address).packed
    if not is_overlay(packed) or "%" in address:
        raise ValueError(f"{address} is no address in 200::/7")
    return packed


def parse_subnet(subnet: str) -> bytes:
    """The 8 bytes of a subnet, written with its /64; ValueError for anything else."""
    network = ipaddress.IPv6Network(subnet)
    packed = network.network_address.packed
    if network.prefixlen != 64 or packed[0] != SUBNET_PREFIX:
        raise ValueError(f"{subnet} is no /64 in 300::/8")
    return packed[:8]
