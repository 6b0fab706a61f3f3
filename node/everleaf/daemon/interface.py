"""The overlay interface: the device the configuration asks for, with our address, as this host can give it."""

from __future__ import annotations

from dataclasses import dataclass

from everleaf.address import address_of
from everleaf.config import InterfaceConfig
from everleaf.errors import ConfigError
from everleaf.host import Device, Host, Kind, Wanted


@dataclass(slots=True)
class Interface:
    """An open, configured device."""

    device: Device
    mtu: int

    @property
    def name(self) -> str:
        """What the system calls it."""
        return self.device.name


def open_interface(host: Host, config_file: str, wanted: InterfaceConfig, public_key: bytes) -> Interface | None:
    """Open and configure it; None when the configuration wants no interface."""
    mtu = judge_interface(host, config_file, wanted)
    if wanted.kind == "none":
        return None
    device = host.open(wanted.name, Kind(wanted.kind))
    try:
        host.withdraw(device.name)
        applied = host.apply(device.name, Wanted(address_of(public_key), mtu))
    except BaseException:
        device.close()
        raise
    return Interface(device, applied.mtu)


def judge_interface(host: Host, config_file: str, wanted: InterfaceConfig) -> int:
    """The MTU to ask for. Raises `ConfigError` when this host cannot give what is wanted."""
    if wanted.kind == "tap":
        raise ConfigError(config_file, "interface.kind", '"tap" is not supported yet', fix='use "tun" or "none"')
    ceiling = host.mtu_ceiling(Kind.TAP if wanted.kind == "tap" else Kind.TUN)
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
