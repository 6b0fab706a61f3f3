"""From `fleet.toml` to a Fleet, or to one error that names file, table, key and remedy. No connection is made."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from everleaf.config.option import table
from everleaf.config.values import BadValue
from everleaf.errors import ConfigError
from everleaf.platform import platform
from everleaf_fleet.model.fleet import Fleet, Gate, HostSpec, Ssh, UnmanagedPeer, Upgrade
from everleaf_fleet.model.graph import parts
from everleaf_fleet.model.options import LABEL, FleetFile, HostOptions, HostTable, SshOptions, UpgradeTable
from everleaf_fleet.model.place import is_url

_BY_SSH = ("ssh", "overlay")
_SAID = tuple(item.name for item in fields(HostOptions))


def load(path: str | Path) -> Fleet:
    """The fleet in a file. Raises ConfigError."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        fix = "make one: everleaf-fleet new DIRECTORY" if isinstance(error, FileNotFoundError) else ""
        raise ConfigError(str(path), "", f"cannot be read: {error.strerror}", fix=fix) from None
    return loads(data, Path(path))


def loads(data: bytes, file: Path = Path("fleet.toml")) -> Fleet:
    """The fleet in a text; `file` is what errors call it. Raises ConfigError."""
    try:
        document = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise ConfigError(str(file), "", f"is not TOML: {error}") from None
    try:
        return _fleet(table(FleetFile).read(document), file)
    except BadValue as bad:
        raise ConfigError(str(file), bad.key, bad.problem, fix=bad.fix) from None


def _fleet(read: FleetFile, file: Path) -> Fleet:
    _judge_names(read)
    hosts = {name: _host(read, name, row) for name, row in read.hosts.items()}
    peers = {name: UnmanagedPeer(name, row.public_key.hex(), row.uri) for name, row in read.peers.items()}
    fleet = Fleet(
        file=file,
        name=read.fleet.name,
        version=read.fleet.version,
        channel=read.fleet.channel,
        names=read.fleet.names,
        hosts=hosts,
        peers=peers,
        upgrade=_upgrade(read.upgrade),
        release_key=read.fleet.release_key,
        downgrade=read.fleet.downgrade,
    )
    _judge_channel(fleet)
    _judge_addresses(fleet)
    for host in hosts.values():
        _judge_host(fleet, host)
    _judge_whole(fleet)
    return fleet


# --- what is said of a host -------------------------------------------------------------------------------------------


def _host(read: FleetFile, name: str, row: HostTable) -> HostSpec:
    said = _said(read, name, row)
    home = platform(said.get("platform", "debian"))
    ssh = said.pop("ssh", SshOptions())
    names = [*read.hosts, *read.peers]
    let_in = said.get("allowed_keys", ())
    said |= {
        "platform": home.name,
        "manager": said.get("manager", home.manager),
        "ssh": Ssh(ssh.user, ssh.port, ssh.key, ssh.become),
        "peers": tuple(_expanded(read, name, "peers", said.get("peers", ()), names)),
        "allowed_keys": tuple(_expanded(read, name, "allowed_keys", let_in, names)),
    }
    if let_in and not said["allowed_keys"]:
        fix = "name somebody else, or leave it out"
        raise BadValue("names nobody, and so would let everybody in", fix=fix, key=f"hosts.{name}.allowed_keys")
    return HostSpec(name=name, address=row.address, groups=row.groups, **said)


def _said(read: FleetFile, name: str, row: HostTable) -> dict[str, Any]:
    """Every option that is said anywhere: by the host itself, else by its groups in their order, else for all."""
    for number, group in enumerate(row.groups):
        if group not in read.groups:
            fix = f"add [groups.{group}], even an empty one"
            raise BadValue(f'there is no group "{group}"', fix=fix, key=f"hosts.{name}.groups[{number}]")
    sources: list[HostOptions] = [row, *(read.groups[group] for group in row.groups), read.defaults]
    found = {key: next((v for v in (getattr(s, key) for s in sources) if v is not None), None) for key in _SAID}
    return {key: value for key, value in found.items() if value is not None}


def _expanded(read: FleetFile, name: str, key: str, words: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    """Groups as their members, without the host itself; nothing twice."""
    seen = {name}
    for word in words:
        for one in _members(read, name, key, word, names):
            if one not in seen:
                seen.add(one)
                yield one


def _members(read: FleetFile, name: str, key: str, word: str, names: Iterable[str]) -> Iterable[str]:
    if word.startswith("@"):
        group = word[1:]
        if group != "all" and group not in read.groups:
            raise BadValue(f'there is no group "{group}"', fix=f"add [groups.{group}]", key=f"hosts.{name}.{key}")
        return [other for other, row in read.hosts.items() if group in ("all", *row.groups)]
    if "://" not in word and word not in names and not _is_key(key, word):
        fix = f"known here: {', '.join(names)}"
        raise BadValue(f'there is no host or peer "{word}"', fix=fix, key=f"hosts.{name}.{key}")
    if word == name:
        raise BadValue("names the host itself", fix="leave it out", key=f"hosts.{name}.{key}")
    return [word]


def _is_key(key: str, word: str) -> bool:
    return key == "allowed_keys" and len(word) == 64 and all(digit in "0123456789abcdef" for digit in word)


def _upgrade(read: UpgradeTable) -> Upgrade:
    return Upgrade(read.batch, read.rollback, read.keep, Gate(read.gate.min_peers, read.gate.within, read.gate.slack))


# --- judgement --------------------------------------------------------------------------------------------------------


def _judge_names(read: FleetFile) -> None:
    if not read.hosts:
        raise BadValue("has no host", fix="add a table [hosts.NAME] with its address", key="hosts")
    for kind, rows in (("hosts", read.hosts), ("groups", read.groups), ("peers", read.peers)):
        for name in rows:
            if not LABEL.fullmatch(name):
                fix = "use small letters, digits and -, as in a host's name"
                raise BadValue(f'"{name}" cannot be a name', fix=fix, key=f"{kind}.{name}")
    for name in read.peers:
        if name in read.hosts:
            raise BadValue("is a host as well", fix="one name, one node", key=f"peers.{name}")
    _judge_keys(read)
    if "all" in read.groups:
        raise BadValue("is everybody already", fix="say it in [defaults]", key="groups.all")


def _judge_keys(read: FleetFile) -> None:
    seen: dict[bytes, str] = {}
    for name, row in read.peers.items():
        if row.public_key in seen:
            fix = "every node has a key of its own"
            raise BadValue(f"is the key of {seen[row.public_key]} too", fix=fix, key=f"peers.{name}.public_key")
        seen[row.public_key] = name


def _judge_host(fleet: Fleet, host: HostSpec) -> None:
    ceiling = platform(host.platform).mtu_ceiling
    if isinstance(host.mtu, int) and host.mtu > ceiling:
        problem = f"{host.mtu} is more than the {ceiling} that {host.platform} carries"
        raise BadValue(problem, fix=f'use "auto" or at most {ceiling}', key=f"hosts.{host.name}.mtu")
    for word in host.peers:
        if word in fleet.hosts and not fleet.hosts[word].dialable:
            problem = f"{word} listens on no TCP port that others can dial"
            raise BadValue(problem, fix="give it one: listen, such as tls://[::]:9001", key=f"hosts.{host.name}.peers")
        if word in fleet.peers and not fleet.peers[word].uri:
            raise BadValue(f"{word} has no URI", fix=f"add peers.{word}.uri", key=f"hosts.{host.name}.peers")


def _judge_addresses(fleet: Fleet) -> None:
    """One host twice is a line copied and not changed. Behind one address there may be several, by several sshd."""
    seen: dict[tuple[str, int], str] = {}
    for host in fleet.hosts.values():
        if host.connector not in _BY_SSH:
            continue
        other = seen.setdefault((host.address.lower(), host.ssh.port), host.name)
        if other != host.name:
            fix = "give each host its own, or its own ssh.port"
            raise BadValue(f'"{host.address}" is that of {other} too', fix=fix, key=f"hosts.{host.name}.address")


def _judge_channel(fleet: Fleet) -> None:
    if is_url(fleet.channel) and fleet.release_key is None:
        fix = "say whose signature counts, or download the programs and name the directory"
        raise BadValue(f"must be given for {fleet.channel}", fix=fix, key="fleet.release_key")


def _judge_whole(fleet: Fleet) -> None:
    """Every host must find a way to every other: over links of the fleet, or over somebody outside."""
    found = parts(fleet)
    if len(found) > 1:
        lonely = min(found, key=len)
        problem = f"{', '.join(sorted(lonely))} cannot reach the rest of the fleet"
        raise BadValue(problem, fix="add peers between them", key=f"hosts.{min(lonely)}.peers")


__all__ = ["load", "loads"]
