"""struct ifreq as bytes: an interface's name, then a union; 144 bytes in all on NetBSD, 32 elsewhere.

A shorter buffer would let the kernel read and write beyond it, so every request here has the whole size.
"""

from __future__ import annotations

from everleaf.errors import HostError
from everleaf.host.abi import Abi
from everleaf.host.abi.structure import Structure


def name_bytes(abi: Abi, name: str) -> bytes:
    """The name as a request carries it. HostError when it is none: too long, empty, or a path."""
    encoded = name.encode()
    if len(encoded) >= abi["IFNAMSIZ"]:
        limit = abi["IFNAMSIZ"] - 1
        raise HostError(f"interface name {name!r} is longer than {limit} bytes", fix="choose a shorter one")
    if not encoded or "/" in name or "\0" in name:
        raise HostError(f"{name!r} is not the name of an interface", fix="use a name such as tun0, without /dev/")
    return encoded.ljust(abi["IFNAMSIZ"], b"\0")


def request(abi: Abi, name: str, payload: bytes = b"") -> bytes:
    """The name, and `payload` at the start of the union."""
    ifreq = Structure(abi, "ifreq")
    ifreq.place("ifr_name", name_bytes(abi, name))
    ifreq.place("ifru", payload)
    return bytes(ifreq)


def with_int(abi: Abi, name: str, value: int) -> bytes:
    """A request whose argument is an int: an MTU."""
    return request(abi, name, value.to_bytes(4, abi.byteorder))


def with_short(abi: Abi, name: str, value: int) -> bytes:
    """A request whose argument is a short: flags."""
    return request(abi, name, value.to_bytes(2, abi.byteorder))


def name_of(abi: Abi, answer: bytes) -> str:
    """The name in an answer."""
    return answer[: abi["IFNAMSIZ"]].split(b"\0")[0].decode()


def int_of(abi: Abi, answer: bytes) -> int:
    """The int in an answer."""
    return Structure(abi, "ifreq", answer).get("ifru", 4)


def short_of(abi: Abi, answer: bytes) -> int:
    """The short in an answer."""
    return Structure(abi, "ifreq", answer).get("ifru", 2)
