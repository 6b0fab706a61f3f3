"""The overlay interface: the device the configuration asks for, with our address, as this host can give it."""

from __future__ import annotations

from dataclasses import dataclass

from everleaf.address import address_of
from everleaf.config import InterfaceConfig
from everleaf.errors import ConfigError
from everleaf.host import Host, Tun, Wanted


@dataclass(slots=True)
class Interface:
    """An open, configured device."""

    tun: Tun
    mtu: int

    @property
    def name(self) -> str:
        """What the system calls it."""
        return self.tun.name


def open_interface(host: Host, config_file: str, wanted: InterfaceConfig, public_key: bytes) -> Interface | None:
    """Open and configure it; None when the configuration wants no interface."""
    mtu = judge_interface(host, config_file, wanted)
    if wanted.kind == "none":
        return None
    tun = host.open_tun(wanted.name)
    try:
        host.cleanup(tun.name)
        mtu = host.apply(tun.name, Wanted(address_of(public_key), mtu))
    except BaseException:
        tun.close()
        raise
    return Interface(tun, mtu)


def judge_interface(host: Host, config_file: str, wanted: InterfaceConfig) -> int:
    """The MTU to ask for. Raises `ConfigError` when this host cannot give what is wanted."""
    if wanted.kind == "tap":
        raise ConfigError(config_file, "interface.kind", '"tap" is not supported yet', fix='use "tun" or "none"')
    if isinstance(wanted.mtu, str):
        return host.mtu_ceiling
    if wanted.mtu > host.mtu_ceiling > 0:
        raise ConfigError(
            config_file,
            "interface.mtu",
            f"{wanted.mtu} is more than this system's ceiling of {host.mtu_ceiling}",
            fix=f'use "auto" or at most {host.mtu_ceiling}',
        )
    return wanted.mtu
