"""Who waits for whom on a Linux host, from /proc/net and /proc/PID/fd.

Each address there is one or four 32-bit words as the kernel keeps them in memory, printed as numbers: little-endian
CPUs show every four bytes in reverse. (net/ipv4/tcp_ipv4.c get_openreq4, net/ipv6/tcp_ipv6.c get_tcp6_sock)

The kernel's sock_diag would tell the sockets quicker, but not whose they are, which is the dear part, and not without a
module of its own on small systems.
"""

from __future__ import annotations

import ipaddress
import re
import struct
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from everleaf.host.base import ListeningPort

PROC = Path("/proc")
_ROW = re.compile(
    r" *[0-9]+: (?P<address>[0-9A-F]{8}|[0-9A-F]{32}):(?!0000)(?P<port>[0-9A-F]{4}) "
    r"(?:0{8}|0{32}):0000 (?P<state>[0-9A-F]{2}) (?:\S+ +){3}[0-9]+ +[0-9]+ +(?P<inode>[0-9]+) .*",
    re.ASCII,
)
_WAITS = {"tcp": "0A", "udp": "07"}  # TCP_LISTEN; TCP_CLOSE, which is what a socket of UDP without a peer shows

Protocol = Literal["tcp", "udp"]
ByteOrder = Literal["little", "big"]
Owners = Mapping[int, Sequence[tuple[int, str]]]  # by a socket's inode: numbers and names of processes


@dataclass(frozen=True, slots=True)
class Waiting:
    """A socket that waits."""

    protocol: Protocol
    port: int
    address: str
    inode: int


def parse(protocol: Protocol, table: str, byteorder: ByteOrder = sys.byteorder) -> Iterator[Waiting]:
    """The rows that listen, or have no peer, in the text of /proc/net/{tcp,tcp6,udp,udp6}."""
    for line in table.splitlines():
        row = _ROW.fullmatch(line)
        if row and row["state"] == _WAITS[protocol]:
            yield Waiting(protocol, int(row["port"], 16), _address(row["address"], byteorder), int(row["inode"]))


def _address(words: str, byteorder: ByteOrder) -> str:
    count = len(words) // 8
    order = "<" if byteorder == "little" else ">"
    packed = struct.pack(f"{order}{count}I", *struct.unpack(f">{count}I", bytes.fromhex(words)))
    address = ipaddress.ip_address(packed)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


class LinuxPorts:
    """Lists who waits, and remembers whose sockets they are: every process is looked at only for new sockets."""

    def __init__(self, proc: Path = PROC) -> None:
        self._proc = proc
        self._owners: Owners = {}

    def list(self) -> Sequence[ListeningPort]:
        """Sorted, one row for each process that has a socket; a row without one where we may not look."""
        found = list(self._waiting())
        inodes = {each.inode for each in found}
        if not inodes <= self._owners.keys():
            self._owners = owners(inodes, self._proc)
        known = self._owners
        return sorted(
            {
                ListeningPort(each.protocol, each.port, each.address, name, pid)
                for each in found
                for pid, name in known.get(each.inode) or [(0, "")]
            }
        )

    def _waiting(self) -> Iterator[Waiting]:
        """Where IPv6 is not there its tables are not either."""
        tables: tuple[tuple[Protocol, str], ...] = (("tcp", "tcp"), ("tcp", "tcp6"), ("udp", "udp"), ("udp", "udp6"))
        for protocol, name in tables:
            table = self._proc / "net" / name
            if table.exists():
                yield from parse(protocol, table.read_text())


def owners(inodes: set[int], proc: Path = PROC) -> Owners:
    """The processes that have each socket open, as far as we may see; every inode has its row."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: defaultdict[int, list[tuple[int, str]]] = defaultdict(list, {inode: [] for inode in inodes})
    for pid in sorted(int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()):
        try:
            held = {wanted[target] for target in _targets(proc / str(pid) / "fd") if target in wanted}
            name = (proc / str(pid) / "comm").read_text().strip() if held else ""
        except OSError:  # not ours to look at, or gone
            continue
        for inode in held:
            found[inode].append((pid, name))
    return found


def _targets(directory: Path) -> Iterator[str]:
    """What a process has open."""
    for fd in directory.iterdir():
        try:
            yield str(fd.readlink())
        except FileNotFoundError:  # closed by now
            continue
