"""Every option of the node: its name, default and meaning."""

# ruff: noqa: RUF009 - the calls that stand as defaults are dataclasses.field with more words

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from everleaf.config.option import free, option, section, sections
from everleaf.config.values import (
    BOOL,
    ENDPOINT,
    KEY,
    MTU,
    NAME,
    PASSWORD,
    PATH,
    PATTERN,
    SECRET,
    choice,
    integer,
    list_of,
    uri,
)
from everleaf.endpoint import Endpoint
from everleaf.uri import LinkURI

_WINDOWS = sys.platform == "win32"  # where the paths below lead nowhere; its defaults are those of platforms.toml
_PEERS = 'Peers to dial and redial, as "tls://host:port"; ?key=<public key> accepts no other node there.'


@dataclass(frozen=True, slots=True)
class IdentityConfig:
    """Who this node is."""

    key_file: str = option(
        PATH,
        "File with the private key; `everleaf keygen` makes one. It must be readable by the node alone.",
        r"C:\ProgramData\everleaf\identity.key" if _WINDOWS else "/var/lib/everleaf/identity.key",
    )


@dataclass(frozen=True, slots=True)
class InterfaceConfig:
    """The network interface through which this host's programs use the overlay."""

    kind: str = option(
        choice(("tun", "tap", "none")),
        'What to open: "tun"; "tap" where packets only come as Ethernet frames; "none" to only forward for others.',
        "tun",
    )
    name: str = option(NAME, 'Name of the interface; "auto" lets the system choose.', "auto")
    mtu: int | Literal["auto"] = option(
        MTU, 'Largest packet in bytes, 1280 to 65535; "auto" takes as much as this system carries.', "auto"
    )


@dataclass(frozen=True, slots=True)
class Via:
    """Peers that are dialled through one network interface only."""

    interface: str = option(NAME, "Name of the interface.")
    peers: tuple[LinkURI, ...] = option(list_of(uri()), _PEERS, ())


@dataclass(frozen=True, slots=True)
class PeeringConfig:
    """Links to other nodes."""

    listen: tuple[LinkURI, ...] = option(
        list_of(uri(listen=True)), 'Where other nodes may connect, as "tls://[::]:9001" or "tcp://0.0.0.0:9002".', ()
    )
    peers: tuple[LinkURI, ...] = option(list_of(uri()), _PEERS, ())
    allowed_keys: tuple[bytes, ...] = option(
        list_of(KEY),
        "Public keys of the nodes that may connect to us; empty lets everybody. Peers we dial are not affected.",
        (),
    )
    via: tuple[Via, ...] = sections(Via, example=Via("eth0"))

    def all_peers(self) -> list[tuple[LinkURI, str]]:
        """Every peer to dial, with the interface to dial it through, or ""."""
        return [(peer, "") for peer in self.peers] + [(peer, via.interface) for via in self.via for peer in via.peers]


@dataclass(frozen=True, slots=True)
class MulticastConfig:
    """Discovery of nodes on local networks. The first block that matches an interface decides."""

    interfaces: str = option(PATTERN, "Interfaces to use: a regular expression, found anywhere in the name.", ".*")
    beacon: bool = option(BOOL, "Tell others that we are here.", True)
    listen: bool = option(BOOL, "Connect to others that we hear.", True)
    port: int = option(integer(0, 65535), "TCP port to accept their connections on; 0 lets the system choose.", 0)
    priority: int = option(integer(0, 255), "Priority of these links; of two links the lower is used.", 0)
    password: str = option(PASSWORD, "Only nodes with the same password connect; at most 64 bytes.", "", secret=True)


@dataclass(frozen=True, slots=True)
class OverlayConfig:
    """Who may talk to this node end to end, over whatever links."""

    group_password: str = option(
        SECRET,
        "Nodes exchange packets only with nodes that have the same password. Take a long random one.",
        "",
        secret=True,
    )
    allowed_keys: tuple[bytes, ...] = option(
        list_of(KEY),
        "Public keys of the nodes that packets are exchanged with; empty means all. Forwarding is not affected.",
        (),
    )


@dataclass(frozen=True, slots=True)
class AdminConfig:
    """The socket for `everleaf status`, `everleaf ctl` and yggdrasilctl."""

    listen: Endpoint | None = option(
        ENDPOINT,
        'A path, "unix:///path"; a loopback address, "tcp://[::1]:9091", open to all users here; or "none".',
        Endpoint(host="127.0.0.1", tcp_port=9091) if _WINDOWS else Endpoint(path="/run/everleaf/admin.sock"),
    )


@dataclass(frozen=True, slots=True)
class NodeInfoConfig:
    """What this node tells about itself to anyone who asks."""

    privacy: bool = option(BOOL, "Leave out the program's name, version, system and architecture.", False)
    data: Mapping[str, Any] = free('Any other key, such as name = "alpha", is told as it stands here.')


@dataclass(frozen=True, slots=True)
class LogConfig:
    """What the node says on standard error."""

    level: str = option(choice(("error", "warning", "info", "debug")), "error, warning, info or debug.", "info")
    format: str = option(choice(("text", "json")), "text, or json with one object per line.", "text")


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration of one node."""

    identity: IdentityConfig = section(IdentityConfig)
    interface: InterfaceConfig = section(InterfaceConfig)
    peering: PeeringConfig = section(PeeringConfig)
    multicast: tuple[MulticastConfig, ...] = sections(MulticastConfig, example=MulticastConfig())
    overlay: OverlayConfig = section(OverlayConfig)
    admin: AdminConfig = section(AdminConfig)
    nodeinfo: NodeInfoConfig = section(NodeInfoConfig)
    log: LogConfig = section(LogConfig)
