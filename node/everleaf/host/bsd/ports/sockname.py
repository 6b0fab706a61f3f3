"""One end of a socket, as programs that list sockets print it: `*.22`, `::1.8187`, `[1::2]:5`, `fe80::1%lo0.123`."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal

from everleaf.host.base import ListeningPort

_PROTOCOL = re.compile(r"(tcp|udp)(4|6|46)?")
_SOCKNAME = re.compile(r"(\*|\[[^]]+\]|[^\[\]]+)[.:]([0-9]{1,5})")  # the last dot or colon parts address and port
_MAX_PORT = 65535
_EMBEDDED_SCOPE = 0xFFFF << 96  # a KAME kernel keeps the interface's number in the second word of a link-local address


def parse(protocol: str, name: str, process: str = "", pid: int = 0) -> ListeningPort | None:
    """The port behind `tcp46` and `*.22`; None when it is none, such as `*.*`, or when an address was cut off."""
    kind, split = _PROTOCOL.fullmatch(protocol), _SOCKNAME.fullmatch(name)
    if not kind or not split or not 0 < int(split[2]) <= _MAX_PORT:
        return None
    carried: Literal["tcp", "udp"] = "tcp" if kind[1] == "tcp" else "udp"
    if split[1] == "*":
        return ListeningPort(carried, int(split[2]), "::" if "6" in (kind[2] or "") else "0.0.0.0", process, pid)
    try:
        return ListeningPort(carried, int(split[2]), _address(split[1].strip("[]")), process, pid)
    except ValueError:
        return None


def _address(text: str) -> str:
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    if address.is_link_local and (scope := (int(address) & _EMBEDDED_SCOPE) >> 96):
        return f"{ipaddress.IPv6Address(int(address) & ~_EMBEDDED_SCOPE)}%{scope}"
    return str(address)
