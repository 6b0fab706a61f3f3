"""The requests about an interface's IPv6: its addresses (in6_aliasreq, in6_ifreq) and its neighbours (in6_ndireq).

All five systems keep the KAME shape, each with its own size and number. The rules they share:

- The socket decides who answers: it must be AF_INET6, SOCK_DGRAM.
- The lengths and families of address and mask must be set; the mask must be contiguous.
- The destination stays zero: with a prefix shorter than /128 the kernel makes the prefix's route, also on a
  point-to-point interface.
- A lifetime of 0 means no address; ours are for ever.
"""

from __future__ import annotations

from everleaf.host.abi import Abi
from everleaf.host.abi.structure import Structure
from everleaf.host.bsd import sockaddr
from everleaf.host.bsd.ifreq import name_bytes


def alias_request(abi: Abi, name: str, address: bytes, prefix_length: int, flags: int = 0) -> bytes:
    """The argument of SIOCAIFADDR_IN6. Repeating it for an address that is there changes that address."""
    request = Structure(abi, "in6_aliasreq")
    request.place("ifra_name", name_bytes(abi, name))
    request.place("ifra_addr", sockaddr.inet6(abi, address))
    request.place("ifra_prefixmask", sockaddr.inet6(abi, sockaddr.netmask(prefix_length)))
    request.put("ifra_flags", flags)
    request.place("ifra_lifetime", _for_ever(abi))
    return bytes(request)


def address_request(abi: Abi, name: str, address: bytes) -> bytes:
    """The argument of SIOCDIFADDR_IN6, and of the questions about one address."""
    request = Structure(abi, "in6_ifreq")
    request.place("ifr_name", name_bytes(abi, name))
    request.place("ifr_ifru", sockaddr.inet6(abi, address))
    return bytes(request)


def neighbour_request(abi: Abi, name: str, answer: bytes | None = None, flags: int = 0) -> bytes:
    """The argument of SIOCGIFINFO_IN6, or with its `answer` that of SIOCSIFINFO_FLAGS: all as it was but `flags`."""
    request = Structure(abi, "in6_ndireq", answer)
    request.place("ifname", name_bytes(abi, name))
    if answer is not None:
        info = Structure(abi, "nd_ifinfo", answer[abi.offsetof("in6_ndireq", "ndi") :])
        info.put("flags", flags)
        request.place("ndi", bytes(info))
    return bytes(request)


def neighbour_flags(abi: Abi, answer: bytes) -> int:
    """ND6_IFF_* in an answer of SIOCGIFINFO_IN6."""
    return Structure(abi, "nd_ifinfo", answer[abi.offsetof("in6_ndireq", "ndi") :]).get("flags")


def _for_ever(abi: Abi) -> bytes:
    lifetime = Structure(abi, "in6_addrlifetime")
    lifetime.put("ia6t_vltime", abi["ND6_INFINITE_LIFETIME"])
    lifetime.put("ia6t_pltime", abi["ND6_INFINITE_LIFETIME"])
    return bytes(lifetime)
