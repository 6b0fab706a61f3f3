"""Who waits for whom on a Linux host, from /proc/net and /proc/PID/fd.

Each address there is one or four 32-bit words as the kernel keeps them in memory, printed as numbers: little-endian
CPUs show every four bytes in reverse. (net/ipv4/tcp_ipv4.c get_openreq4, net/ipv6/tcp_ipv6.c get_tcp6_sock)
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from everleaf.host.base import ListeningPort

LISTEN = "0A"  # TCP_LISTEN
UNCONNECTED = "07"  # TCP_CLOSE, which is what the table of UDP shows for a socket without a peer
ByteOrder = Literal["little", "big"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A socket that waits, by its inode."""

    protocol: Literal["tcp", "udp"]
    address: str
    port: int
    inode: int


def parse(protocol: Literal["tcp", "udp"], table: str, byteorder: ByteOrder = sys.byteorder) -> Iterator[Waiting]:
    """The rows that listen, or have no peer, in the text of /proc/net/{tcp,tcp6,udp,udp6}."""
    wanted = LISTEN if protocol == "tcp" else UNCONNECTED
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 10 or fields[3] != wanted or fields[2].strip("0") != ":":
            continue
        address, _, port = fields[1].partition(":")
        yield Waiting(protocol, _address(address, byteorder), int(port, 16), int(fields[9]))


def _address(words: str, byteorder: ByteOrder) -> str:
    packed = bytes.fromhex(words)
    if byteorder == "little":
        count = len(packed) // 4
        packed = struct.pack(f"<{count}I", *struct.unpack(f">{count}I", packed))
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def waiting(net: Path = Path("/proc/net")) -> list[Waiting]:
    """All sockets that wait. Where IPv6 is not there its tables are not either."""
    found: list[Waiting] = []
    protocols: tuple[Literal["tcp", "udp"], ...] = ("tcp", "udp")
    for protocol in protocols:
        for name in (protocol, f"{protocol}6"):
            table = net / name
            if table.exists():
                found += parse(protocol, table.read_text())
    return found


class LinuxPorts:
    """Lists who waits, and remembers whose sockets they are: the search through every process is the dear part."""

    def __init__(self) -> None:
        self._owners: dict[int, tuple[int, str]] = {}  # by inode: pid and name; (0, "") for whom we may not look at

    def list(self) -> list[ListeningPort]:
        """Sorted."""
        found = waiting()
        inodes = {each.inode for each in found}
        if inodes - self._owners.keys():
            self._owners = dict.fromkeys(inodes, (0, "")) | owners(inodes)
        return sorted(_row(each, *self._owners[each.inode]) for each in found)


def _row(each: Waiting, pid: int, name: str) -> ListeningPort:
    return ListeningPort(each.protocol, each.port, each.address, name, pid)


def owners(inodes: set[int], proc: Path = Path("/proc")) -> dict[int, tuple[int, str]]:
    """The first process that has each socket open, as far as we may see."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[int, tuple[int, str]] = {}
    for pid in sorted(int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()):
        try:
            held = {wanted.get(str(fd.readlink())) for fd in (proc / str(pid) / "fd").iterdir()}
            name = (proc / str(pid) / "comm").read_text().strip()
        except OSError:  # not ours to look at, or gone
            continue
        found = {inode: (pid, name) for inode in held if inode} | found
    return found
