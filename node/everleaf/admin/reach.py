"""Whether the overlay reaches what listens on an address of this host."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Network

from everleaf.address import address_of, subnet_of

MESH = (IPv6Network("200::/7"),)  # what may be ours when nobody tells our key


def own_networks(key: bytes) -> tuple[IPv6Network, ...]:
    """What the overlay delivers to the node with this key: its address and its /64."""
    return IPv6Network((address_of(key), 128)), IPv6Network((subnet_of(key) + bytes(8), 64))


def reached(address: str, own: Sequence[IPv6Network]) -> bool:
    """Whether packets to `own` get to a socket bound to `address`; a host without an interface has no networks.

    A wildcard of IPv4 is none of IPv6: packets of the overlay never get there.
    """
    try:
        bound = IPv6Address(address)
    except ValueError:
        return False
    return bool(own) if bound.is_unspecified else any(bound in network for network in own)
