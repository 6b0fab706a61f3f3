"""The tables of `fleet.toml`: each key with its kind, its default and what it means."""

# ruff: noqa: RUF009 - the calls that stand as defaults are dataclasses.field with more words

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from everleaf.config.option import option, section, table, tables, tables_of
from everleaf.config.values import BOOL, KEY, MTU, NAME, BadValue, Kind, choice, integer, list_of, shown, uri
from everleaf.errors import UntrustedError
from everleaf.platform import managers, platforms
from everleaf.release import PublicKey
from everleaf.uri import LinkURI
from everleaf_fleet.model.place import is_url

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SECONDS = re.compile(r"([0-9]{1,4})(s|m)")
_SHARE = re.compile(r"[1-9][0-9]{0,3}|(100|[1-9][0-9]?)%")
_ADDRESS = re.compile(r"[A-Za-z0-9_.:-]+(%[A-Za-z0-9_.-]+)?")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]*")


def text(pattern: re.Pattern[str], what: str, fix: str) -> Kind[str]:
    """A text of one form."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise BadValue(f"{shown(value)} is not {what}", fix=fix)
        return value

    return Kind(read)


def _words(value: Any) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise BadValue(f"must be a text in one line, not {shown(value)}", fix="put it into quotes")
    return value


def _channel(value: Any) -> str:
    place = _words(value).removeprefix("file://")
    if "://" in place and not is_url(place):
        raise BadValue(f"{shown(value)} is no directory and no https:// URL", fix="name the directory of a release")
    return place.rstrip("/") or "/"


def _release_key(value: Any) -> PublicKey:
    try:
        return PublicKey.parse(_words(value))
    except UntrustedError as error:
        raise BadValue(f"{shown(value)} is no public key of minisign", fix=error.fix) from None


def _seconds(value: Any) -> float:
    found = _SECONDS.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise BadValue(f"{shown(value)} is not a time", fix='write it as "30s" or "2m"')
    return float(found[1]) * (60 if found[2] == "m" else 1)


def _public(kind: Kind[LinkURI]) -> Kind[LinkURI]:
    """The same, but for secrets: this file is shared, and every host's peers would have to know them."""

    def read(value: Any) -> LinkURI:
        link = kind.read(value)
        if link.password:
            raise BadValue(f"{shown(link.text)} has a password", fix="a fleet pins keys instead; leave it out")
        return link

    return Kind(read, kind.write, kind.name)


def _reference(value: Any) -> str:
    """A name, "@group", or a URI, as it was written."""
    word = _words(value)
    if "://" in word:
        _public(uri()).read(word)
    elif not LABEL.fullmatch(word.removeprefix("@")):
        raise BadValue(f"{shown(word)} is no host, group or URI", fix='write "alpha", "@core" or "tls://host:port"')
    return word


def _key_reference(value: Any) -> str:
    """A name, "@group", or a key."""
    word = _words(value)
    if not LABEL.fullmatch(word.removeprefix("@")):
        raise BadValue(f"{shown(word)} is no host, group or key", fix='write "alpha", "@core" or 64 hexadecimal digits')
    return word


def _batch(value: Any) -> tuple[str, ...]:
    shares = list_of(text(_SHARE, "a number of hosts or a share", 'write "3" or "25%"')).read(value)
    if not shares:
        raise BadValue("is empty", fix='say how many at a time: ["1", "25%", "100%"]')
    return shares


def _unmanaged(value: Any) -> bool:
    if value is not False:
        raise BadValue(f"must be false, not {shown(value)}", fix="a node that we manage is a [hosts.NAME]")
    return False


WORDS: Kind[str] = Kind(_words)
CHANNEL: Kind[str] = Kind(_channel)
RELEASE_KEY: Kind[PublicKey] = Kind(_release_key)
SECONDS: Kind[float] = Kind(_seconds)
URI: Kind[str] = Kind(lambda value: _public(uri()).read(value).original)
REFERENCES = list_of(Kind(_reference))
KEYS = list_of(Kind(_key_reference))
GROUPS = list_of(text(LABEL, "the name of a group", "use small letters, digits and -"))
INFO: Kind[Mapping[str, object]] = Kind(lambda value: tables_of(WORDS).read(value))


@dataclass(frozen=True, slots=True)
class SshOptions:
    """How the controller logs in."""

    user: str = option(WORDS, "The user to log in as.", "")
    port: int = option(integer(1, 65535), "TCP port of the host's sshd.", 22)
    key: str = option(WORDS, "File here with the controller's own private key.", "")
    become: str = option(choice(("", "sudo", "doas", "su")), "How that user becomes root; empty if it is root.", "")


@dataclass(frozen=True, slots=True)
class HostOptions:
    """What can be said of a host, of a group or of all hosts. None is: nothing said here."""

    platform: str | None = option(choice(tuple(platforms())), "Where the node is installed; debian unless said.", None)
    manager: str | None = option(choice(tuple(managers())), "Who starts it; the platform's own unless said.", None)
    connector: str | None = option(choice(("ssh", "overlay", "lab", "local")), "How the host is reached.", None)
    ssh: SshOptions | None = option(table(SshOptions), "How the controller logs in.", None)
    interface: str | None = option(NAME, "Name of the interface.", None)
    mtu: int | Literal["auto"] | None = option(MTU, "Largest packet in bytes.", None)
    listen: tuple[LinkURI, ...] | None = option(list_of(_public(uri(listen=True))), "Where others may connect.", None)
    peers: tuple[str, ...] | None = option(REFERENCES, "Hosts, @groups, unmanaged peers and URIs to dial.", None)
    allowed_keys: tuple[str, ...] | None = option(
        KEYS, "Who may connect: hosts, @groups, peers or keys; everybody if empty.", None
    )
    log_level: str | None = option(choice(("error", "warning", "info", "debug")), "What the node logs.", None)
    node_info: Mapping[str, object] | None = option(INFO, "What the node tells about itself.", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTable(HostOptions):
    """One `[hosts.NAME]`: an address, and what could be said of a group as well."""

    address: str = option(
        text(_ADDRESS, "an address", "give a name, or an IPv4 or IPv6 address"), "Its name or address on the underlay."
    )
    groups: tuple[str, ...] = option(GROUPS, "Its groups; of two that say the same, the first one counts.", ())


@dataclass(frozen=True, slots=True)
class PeerTable:
    """One `[peers.NAME]`: a node that somebody else runs."""

    public_key: bytes = option(KEY, "Its public key.")
    uri: str = option(URI, "To dial it.", "")
    managed: bool = option(Kind(_unmanaged), "Always false: managed ones are hosts.", False)


@dataclass(frozen=True, slots=True)
class GateTable:
    """What a host must reach after a change."""

    min_peers: int = option(integer(0, 1000), "Links that must be up.", 1)
    within: float = option(SECONDS, "Time to get there.", 30.0)
    slack: float = option(SECONDS, "More time, after which a host that hears nothing from us returns by itself.", 60.0)
    identity: str = option(choice(("unchanged",)), "The key never changes by an upgrade.", "unchanged")


@dataclass(frozen=True, slots=True)
class UpgradeTable:
    """How changes go over the fleet."""

    batch: tuple[str, ...] = option(
        Kind(_batch), "Hosts at a time: numbers or shares; the last one repeats.", ("1", "25%", "100%")
    )
    rollback: bool = option(BOOL, "A host that misses its gate returns to what it ran before.", True)
    keep: int = option(integer(1, 20), "Installed versions that stay on a host.", 2)
    gate: GateTable = section(GateTable)


@dataclass(frozen=True, slots=True)
class FleetTable:
    """What is true of all of it."""

    name: str = option(text(LABEL, "the name of a fleet", "use small letters, digits and -"), "What it is called.")
    version: str = option(text(_VERSION, "a version", 'write it as "1.4.2"'), "Version of the node to run.")
    channel: str = option(CHANNEL, "Directory or URL of the programs; a relative one is beside this file.", "dist")
    release_key: PublicKey | None = option(
        RELEASE_KEY, "Whose signature programs must have: a public key of minisign.", None
    )
    downgrade: bool = option(BOOL, "With a key: hosts may get a version before the one they have.", False)
    names: bool = option(BOOL, "Hosts find each other by name: a block in their hosts file.", True)


@dataclass(frozen=True, slots=True)
class FleetFile:
    """The whole file."""

    fleet: FleetTable = option(table(FleetTable), "Name and version of the fleet.")
    hosts: Mapping[str, HostTable] = tables(HostTable)
    defaults: HostOptions = section(HostOptions)
    groups: Mapping[str, HostOptions] = tables(HostOptions)
    peers: Mapping[str, PeerTable] = tables(PeerTable)
    upgrade: UpgradeTable = section(UpgradeTable)
