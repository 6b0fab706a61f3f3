"""Which sockets of this host get packets of the overlay."""

from __future__ import annotations

import pytest

from everleaf.address import address_of, subnet_of, text
from everleaf.admin.reach import MESH, own_networks, reached

KEY = bytes.fromhex("4711cecbbcf63e12babaf5fff5c85a9097a4905acafbe9ad820e96c04beb78b7")
OWN = own_networks(KEY)
ADDRESS = text(address_of(KEY))
SUBNET = text(subnet_of(KEY) + bytes(8)).removesuffix("::")

#   address, by the node with KEY, by a host whose node is not known
CASES = [
    ("::", True, True),
    (ADDRESS, True, True),
    (f"{SUBNET}::1", True, True),
    (f"{SUBNET}:ffff:ffff:ffff:ffff", True, True),
    ("201:e3b8:c4d1:c27:7b5:1514:2800:28df", False, True),  # one bit off: another node's
    ("301:e3b8:c4d1:c28::1", False, True),  # the next /64
    ("0.0.0.0", False, False),
    ("127.0.0.1", False, False),
    ("10.0.0.1", False, False),
    ("::1", False, False),
    ("fe80::1%lo0", False, False),
    ("fe80::1%4", False, False),
    ("fc00::1", False, False),
    ("2001:db8::1", False, False),
    ("1ff:ffff::1", False, False),  # just below the mesh
    ("400::", False, False),  # just above
    ("ff02::1", False, False),
]


@pytest.mark.parametrize(("address", "by_node", "unknown"), CASES, ids=[case[0] for case in CASES])
def test_overlay_reaches_wildcards_and_addresses_of_this_node(address, by_node, unknown):
    assert (reached(address, OWN), reached(address, MESH)) == (by_node, unknown)


@pytest.mark.parametrize("address", [case[0] for case in CASES])
def test_overlay_reaches_nothing_on_a_host_without_an_interface(address):
    assert not reached(address, ())
