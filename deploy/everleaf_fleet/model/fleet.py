"""A fleet as its owner wants it. Every value has been judged; secrets cannot be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from everleaf.release import PublicKey
from everleaf.uri import LinkURI
from everleaf_fleet.model.place import is_url


@dataclass(frozen=True, slots=True)
class Ssh:
    """How a host is reached by the underlay."""

    user: str = ""  # "" is whoever the controller's ssh takes
    port: int = 22
    key: str = ""  # file with the controller's own key, "" for what its ssh takes
    become: str = ""  # "sudo", "doas" or "su"; "" when the user is root already


@dataclass(frozen=True, slots=True)
class HostSpec:
    """One host that we manage."""

    name: str
    address: str  # of the underlay: a name, an IPv4 or IPv6 address without brackets
    platform: str  # a row of platforms.toml
    manager: str  # a row of its table of managers
    groups: tuple[str, ...] = ()
    connector: str = "ssh"  # "ssh", "overlay", "lab" or "local"
    ssh: Ssh = Ssh()
    interface: str = "auto"
    mtu: int | Literal["auto"] = "auto"
    listen: tuple[LinkURI, ...] = ()
    peers: tuple[str, ...] = ()  # names of hosts and unmanaged peers, and URIs; groups are expanded
    allowed_keys: tuple[str, ...] = ()  # names of hosts and unmanaged peers, and hexadecimal keys; groups are expanded
    log_level: str = "info"
    node_info: Mapping[str, object] = field(default_factory=dict)

    @property
    def dialable(self) -> tuple[LinkURI, ...]:
        """The listeners that other hosts can dial: those with a TCP port that are not on its loopback."""
        return tuple(uri for uri in self.listen if uri.tcp_port and not _is_loopback(uri.host))


@dataclass(frozen=True, slots=True)
class UnmanagedPeer:
    """A node that somebody else runs: a phone, a friend's."""

    name: str
    public_key: str  # 64 hexadecimal digits, lower case
    uri: str = ""  # to dial it; "" when it dials us


@dataclass(frozen=True, slots=True)
class Gate:
    """What a host must reach after a change, or it goes back."""

    min_peers: int = 1
    within: float = 30.0  # seconds
    slack: float = 60.0  # seconds more for the change itself, until a host that hears nothing goes back by itself


@dataclass(frozen=True, slots=True)
class Upgrade:
    """How changes go over the fleet."""

    batch: tuple[str, ...] = ("1", "25%", "100%")  # hosts, or a share of all; the last one repeats
    rollback: bool = True
    keep: int = 2  # installed versions that stay on a host
    gate: Gate = Gate()


@dataclass(frozen=True, slots=True)
class Fleet:
    """All of it."""

    file: Path
    name: str
    version: str  # of the node program
    channel: str  # the directory or URL where the programs are; a relative one is beside `file`
    names: bool  # whether hosts find each other by name
    hosts: Mapping[str, HostSpec]
    peers: Mapping[str, UnmanagedPeer] = field(default_factory=dict)
    upgrade: Upgrade = Upgrade()
    release_key: PublicKey | None = None  # who must have signed the programs; None takes a directory as it is
    downgrade: bool = False  # whether a version may follow a newer one

    @property
    def source(self) -> str:
        """The channel for who is not beside the file: a URL, or a directory."""
        return self.channel if is_url(self.channel) else str(self.file.parent / self.channel)

    def without(self, name: str) -> Fleet:
        """The same without one host, whom nobody dials or lets in any more."""
        return replace(
            self, hosts={other: _strange_to(host, name) for other, host in self.hosts.items() if other != name}
        )

    def members(self, group: str) -> tuple[HostSpec, ...]:
        """The hosts of a group, in the order of the file; "all" is everybody."""
        return tuple(host for host in self.hosts.values() if group == "all" or group in host.groups)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _strange_to(host: HostSpec, name: str) -> HostSpec:
    peers, allowed = (tuple(word for word in words if word != name) for words in (host.peers, host.allowed_keys))
    return replace(host, peers=peers, allowed_keys=allowed)
