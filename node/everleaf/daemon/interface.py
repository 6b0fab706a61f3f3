"""The overlay interface: the device the configuration asks for, with our address, as this host can give it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from everleaf.address import address_of
from everleaf.admin.health import DeviceFacts, ProblemFacts
from everleaf.config import InterfaceConfig
from everleaf.errors import ConfigError, HostError, NodeError
from everleaf.host import MESH, Applied, Device, Host, Kind, Names, Observed, Offloads, Problem, Wanted


@dataclass(slots=True)
class Interface:
    """An open, configured device."""

    host: Host
    device: Device
    wanted: Wanted
    wanted_mtu: int  # what the configuration names; 0 for "auto"
    applied: Applied
    trouble: Problem | None = None  # why it is no longer as applied

    @property
    def name(self) -> str:
        """What the system calls it."""
        return self.device.name

    @property
    def mtu(self) -> int:
        """What it carries, in bytes."""
        return self.applied.mtu

    def facts(self, *, is_open: bool) -> DeviceFacts:
        """The interface as the system shows it now; as it was applied where the system does not show it."""
        wanted, problems = self.wanted, self.problems
        as_applied = Observed(
            up=True, mtu=self.mtu, addresses=frozenset({(wanted.address, wanted.prefix_length)}), routed=True
        )
        try:
            seen = self.host.observe(self.name) if is_open else None
        except NodeError as error:
            seen, problems = as_applied, (*problems, as_problem("look at the interface", error))
        there = seen or Observed(up=False, mtu=self.mtu, addresses=frozenset(), routed=False)
        return DeviceFacts(
            self.name,
            open=seen is not None,
            up=there.up,
            addressed=(wanted.address, wanted.prefix_length) in there.addresses,
            routed=there.routed,
            mtu=there.mtu,
            wanted_mtu=self.wanted_mtu,
            problems=tuple(ProblemFacts(p.what, p.command, p.output, p.fix, p.mended) for p in problems),
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the system refused, and still does."""
        return (*self.applied.problems, self.trouble) if self.trouble else self.applied.problems


def as_problem(what: str, error: NodeError) -> Problem:
    """An error that does not end the node, as a problem."""
    return Problem(what, "", error.message, error.fix)


def open_interface(host: Host, config_file: str, config: InterfaceConfig, public_key: bytes) -> Interface | None:
    """Open and configure it; None when the configuration wants no interface."""
    mtu = judge_interface(host, config_file, config)
    if config.kind == "none":
        return None
    wanted = Wanted(address_of(public_key), mtu)
    device = _open(host, config.name, Kind(config.kind))
    try:
        kept = () if _is_clean(host.observe(device.name), wanted) else host.withdraw(device.name)
        applied = host.apply(device.name, wanted)
    except BaseException:
        device.close()
        raise
    told = replace(applied, problems=(*kept, *applied.problems))
    return Interface(host, device, wanted, 0 if config.mtu == "auto" else mtu, told)


def _open(host: Host, name: str, kind: Kind) -> Device:
    return host.open_offloaded(name, kind) if isinstance(host, Offloads) else host.open(name, kind)


def _is_clean(seen: Observed | None, wanted: Wanted) -> bool:
    """Whether ours is the only node address on it: an administrator may have prepared it for a node that may not."""
    nodes = {each for each in seen.addresses if each[0][0] == MESH[0]} if seen else set()
    return nodes == {(wanted.address, wanted.prefix_length)}


def judge_interface(host: Host, config_file: str, wanted: InterfaceConfig) -> int:
    """The MTU to ask for. Raises `ConfigError` when this host cannot give what is wanted."""
    kind = Kind.TAP if wanted.kind == "tap" else Kind.TUN
    ceiling = host.mtu_ceiling(kind)
    if kind is Kind.TAP and not ceiling:
        raise ConfigError(config_file, "interface.kind", "this system has no TAP devices", fix='use "tun" or "none"')
    if wanted.kind != "none" and wanted.name != "auto" and isinstance(host, Names):
        _judge_name(host, config_file, wanted.name)
    if isinstance(wanted.mtu, str):
        return ceiling
    if wanted.mtu > ceiling > 0:
        raise ConfigError(
            config_file,
            "interface.mtu",
            f"{wanted.mtu} is more than this system's ceiling of {ceiling}",
            fix=f'use "auto" or at most {ceiling}',
        )
    return wanted.mtu


def _judge_name(host: Names, config_file: str, name: str) -> None:
    try:
        host.judge_name(name)
    except HostError as error:
        raise ConfigError(config_file, "interface.name", error.message, fix=error.fix) from None
