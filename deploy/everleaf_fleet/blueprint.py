"""All that a host should be, as plain data: the same for pyinfra, for Ansible and for the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace

from everleaf.config import Config, loads
from everleaf.errors import ConfigError, UsageError
from everleaf.platform import ROUTER, Platform, manager, platform
from everleaf.platform.render import render
from everleaf.platform.service import File, Service, service
from everleaf.uri import LinkURI
from everleaf.vyatta.commands import commands
from everleaf.vyatta.instance import Instance
from everleaf_fleet import router
from everleaf_fleet.model.fleet import Fleet, Gate, HostSpec
from everleaf_fleet.model.links import allowed_keys, peers
from everleaf_fleet.model.lock import Lock
from everleaf_fleet.model.names import block
from everleaf_fleet.programs import used


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One host of a fleet. Made without asking it anything."""

    host: HostSpec
    platform: Platform
    config: File  # the node's configuration; what makes it, where it is part of a router's
    peers: tuple[LinkURI, ...]  # of that configuration
    service: Service
    names: str  # our block of the hosts file; "" for none
    version: str  # of the program
    public_key: str  # as the lock has it; "" until the host told us
    gate: Gate


def blueprint(fleet: Fleet, lock: Lock, name: str) -> Blueprint:
    """What the host `name` should be. Pure: the same files give the same bytes."""
    host = fleet.hosts[name]
    home = used(platform(host.platform), fleet.version)
    told = lock.hosts.get(name)
    text = _config(fleet, lock, host, home)
    config = loads(text.encode())
    return Blueprint(
        host=host,
        platform=home,
        config=_typed(fleet, config, host, home) if home.manager == ROUTER else _file(text, home),
        peers=config.peering.peers,
        service=service(home, manager(host.manager)),
        names=block(fleet, lock),
        version=fleet.version,
        public_key=told.public_key if told else "",
        gate=fleet.upgrade.gate,
    )


def _config(fleet: Fleet, lock: Lock, host: HostSpec, home: Platform) -> str:
    return render(
        "node.toml.j2",
        key_file=home.key_file,
        interface=host.interface,
        mtu=host.mtu,
        listen=[uri.original for uri in host.listen],
        peers=list(peers(fleet, lock, host)),
        allowed_keys=list(allowed_keys(fleet, lock, host)),
        admin=home.admin,
        node_info={"name": host.name} | dict(host.node_info),
        log_level=host.log_level,
    )


def _file(text: str, home: Platform) -> File:
    return File(home.config, text, "0640", group=home.group)


def _typed(fleet: Fleet, config: Config, host: HostSpec, home: Platform) -> File:
    """The same configuration as commands of a router."""
    interface = _interface(fleet, host, home)
    named = replace(config, interface=replace(config.interface, name=interface))
    return router.script(home, interface, commands(named, interface))


def _interface(fleet: Fleet, host: HostSpec, home: Platform) -> str:
    """The router's name for it. Raises ConfigError."""
    if host.interface == "auto":
        return router.tun(home)
    try:
        return Instance.parse(host.interface).name
    except UsageError as error:
        raise ConfigError(str(fleet.file), f"hosts.{host.name}.interface", error.message, fix=error.fix) from None
