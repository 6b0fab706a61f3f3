"""What every host backend offers: open a device, apply the whole wanted state, watch it, clean up without memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol, runtime_checkable

MTU_FLOOR = 1280  # RFC 8200: no IPv6 link carries less
PREFIX_LENGTH = 7  # the mesh is 0200::/7
MESH = bytes([0x02]) + bytes(15)  # 0200::


class Kind(Enum):
    """What passes through a device."""

    TUN = "tun"  # IP packets
    TAP = "tap"  # Ethernet frames


class Framing(Enum):
    """How the kernel wraps each packet on the descriptor of a device."""

    BARE = "bare"  # the packet alone
    FAMILY = "family"  # four bytes in front: this system's address family, network order
    ETHERNET = "ethernet"  # fourteen bytes in front


class Carrier(Enum):
    """What `Device.handle` is."""

    FILE = "file"  # a non-blocking descriptor: one read or write, one packet
    WINTUN = "wintun"  # a WINTUN_SESSION_HANDLE; wintun.dll is loaded
    TAP_WINDOWS = "tap-windows"  # a HANDLE opened for overlapped I/O


class Device(Protocol):
    """An open device. Who holds it closes it, once; after `detach`, when the descriptor's new owner has closed that."""

    name: str  # what the system calls it, never a path
    kind: Kind
    framing: Framing
    carrier: Carrier
    family: int  # this system's AF_INET6, for Framing.FAMILY
    vnet_header: int  # bytes of virtio_net_hdr before everything else, 0 for none

    def detach(self) -> int:
        """Give the handle away. `close` comes later still: some systems keep an interface until it is destroyed."""
        ...

    def read(self, size: int = 65536 + 32) -> bytes:
        """Wait for one IP packet, or Ethernet frame of a TAP; b"" once the device is closed."""
        ...

    def write(self, packet: bytes) -> None:
        """Hand one IP packet, or Ethernet frame, to this host. What it refuses raises OSError."""
        ...

    def close(self) -> None:
        """Close it from any thread; a reader that waits gets b"". Twice is harmless."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """The whole state an interface should have."""

    address: bytes  # 16 bytes, network order
    mtu: int  # bytes
    prefix_length: int = PREFIX_LENGTH


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the system refused without making the interface useless."""

    what: str  # 'add route 200::/7'
    command: str  # the command line, or the request by its name, as it was given
    output: str  # what came back: the error's text, or what the command printed
    fix: str = ""
    mended: bool = False  # another way led there


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of the wanted state."""

    mtu: int  # bytes, now in force
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """The state an interface is in."""

    up: bool
    mtu: int
    addresses: frozenset[tuple[bytes, int]]  # IPv6, with prefix lengths
    routed: bool  # the mesh's prefix goes into it

    def meets(self, wanted: Wanted) -> bool:
        """Whether it is as wanted, but for the MTU, which the system may have cut."""
        return self.up and self.routed and (wanted.address, wanted.prefix_length) in self.addresses


@runtime_checkable
class Offloads(Protocol):
    """A host whose devices pass work on, as Linux's do: checksums, and cutting up and joining of packets."""

    def open_offloaded(self, name: str, kind: Kind = Kind.TUN) -> Device:
        """As `Host.open`, with as much of it as this kernel knows for such a device; `vnet_header` says if any."""
        ...


@runtime_checkable
class Names(Protocol):
    """A host that knows without opening a device how it may be called, as Linux does."""

    def judge_name(self, name: str) -> None:
        """Raise `HostError` for what no interface can be called."""
        ...


class Watch(Protocol):
    """News of the network stack."""

    def fileno(self) -> int:
        """Readable while `read` has something."""
        ...

    def read(self) -> bool:
        """Take all that waits; whether links, addresses or routes may have changed. Lost news counts as change."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, order=True)
class ListeningPort:
    """A TCP port that listens, or a UDP port without a peer."""

    protocol: Literal["tcp", "udp"]
    port: int
    address: str  # "::" and "0.0.0.0" are wildcards; IPv4 in dots, also when a socket of IPv6 is bound to it
    process: str = ""  # its name; "" when the system does not tell us
    pid: int = 0


class Host(Protocol):
    """One operating system. Every method raises `HostError` or `PermissionDeniedError`, with the remedy.

    Any thread may call it. `observe` asks the kernel alone; what changes or lists something may run commands.
    """

    def mtu_ceiling(self, kind: Kind) -> int:
        """The largest MTU such a device carries here; 0 where there is none."""
        ...

    def open(self, name: str, kind: Kind = Kind.TUN) -> Device:
        """Open or create the device `name`; "auto" lets the system choose. Non-blocking, not inherited."""
        ...

    def apply(self, name: str, wanted: Wanted) -> Applied:
        """Make the interface so: MTU, address, up, route to the mesh. Repeatable.

        Raises when the interface would be of no use. What it can live without, such as the route or a part of the MTU,
        is a problem.
        """
        ...

    def observe(self, name: str) -> Observed | None:
        """The state of an interface; None when there is none of this name."""
        ...

    def watch(self) -> Watch:
        """Begin to listen for changes of links, addresses and routes."""
        ...

    def withdraw(self, name: str) -> tuple[Problem, ...]:
        """Take our address and route from an interface that may still be open; a missing interface is fine.

        What the system refuses to give back is a problem, no reason to stop.
        """
        ...

    def cleanup(self, name: str) -> Sequence[str]:
        """Remove what a node that is gone may have left; "auto" means every device known to be ours.

        Withdraws, and destroys a device that opening made. Never touches one that somebody holds open. Returns the
        names of the interfaces it changed.
        """
        ...

    def listening_ports(self) -> Sequence[ListeningPort]:
        """Who on this machine waits for whom, sorted."""
        ...
