"""Other programs that make a tunnel between two hosts, each set up as its own documentation recommends; and one of our
own that only copies."""

from __future__ import annotations

import json
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from bench.programs import build
from interop.net import Host, Net, wait_until

SOCKETS = Path("/var/run/wireguard")  # every namespace sees the same
WIREGUARD_PORT, NEBULA_PORT, COPIER_PORT = "51820", 4242, "7001"


class Rival(ABC):
    """One end of a tunnel. The second end waits, the first one knows where it is."""

    programs: ClassVar[Sequence[str]]
    addresses: ClassVar[Sequence[str]] = ("fd99::1", "fd99::2")  # in the tunnel

    def __init__(self, host: Host, position: int, outside: str) -> None:
        self.host = host
        self.position = position
        self.outside = outside
        self.address = self.addresses[position]
        self.log_file = host.directory / "log"
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def configure(self, other: Rival) -> None:
        """Write what this end has to know."""

    @abstractmethod
    def start(self) -> None:
        """Start the program."""

    def spawn(self, *command: str) -> None:
        """Run the program in the foreground."""
        with self.log_file.open("wb") as log:
            self.process = self.host.spawn(*command, stdout=log, stderr=subprocess.STDOUT, cwd="/")

    def reaches(self, other: Rival) -> None:
        """Fail unless the other end answers a ping through the tunnel."""
        wait_until(lambda: self._pinged(other), f"{self.host.name} reaches {other.host.name}", 60)

    def _pinged(self, other: Rival) -> bool:
        """One try; fail with what the program said if it has ended instead."""
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"{self.host.name} ended with {self.process.returncode}:\n{self.log_file.read_text()}")
        return self.host.pings(other.address) > 0

    def close(self) -> None:  # noqa: B027 - most ends leave nothing behind
        """Remove what outlives the process and its namespace."""


class WireGuard(Rival):
    """wireguard-go. Its MTU is 1420, as that of wg-quick on an Ethernet."""

    programs = ("wireguard-go", "wg")

    def __init__(self, host: Host, position: int, outside: str) -> None:
        super().__init__(host, position, outside)
        self.interface = f"wg{host.namespace}"
        self.key_file = host.directory / "key"
        self.key_file.touch(0o600)
        self.key_file.write_text(host.run("wg", "genkey"))

    @property
    def key(self) -> str:
        """The public one."""
        return self.host.run("sh", "-c", f"wg pubkey <{self.key_file}").strip()

    def configure(self, other: Rival) -> None:
        assert isinstance(other, WireGuard)
        self.peer: tuple[str, ...] = ("peer", other.key, "allowed-ips", f"{other.address}/128")
        if self.position == 0:
            self.peer += ("endpoint", f"{other.outside}:{WIREGUARD_PORT}")

    def start(self) -> None:
        self.spawn("wireguard-go", "--foreground", self.interface)
        wait_until(self._socket.exists, f"wireguard-go answers in {self._socket}")
        settings = ("private-key", str(self.key_file), "listen-port", WIREGUARD_PORT, *self.peer)
        self.host.run("wg", "set", self.interface, *settings)
        self.host.run("ip", "address", "add", f"{self.address}/64", "dev", self.interface, "nodad")
        self.host.run("ip", "link", "set", self.interface, "up")

    def close(self) -> None:
        self._socket.unlink(missing_ok=True)

    @property
    def _socket(self) -> Path:
        return SOCKETS / f"{self.interface}.sock"


class Nebula(Rival):
    """Defaults: AES-256-GCM and an MTU of 1300. The second end is the lighthouse. Inside there is IPv4 only."""

    programs = ("nebula", "nebula-cert")
    addresses = ("10.99.0.1", "10.99.0.2")

    def configure(self, other: Rival) -> None:
        authority = self.host.directory.parent / "nebula-ca"
        if not authority.with_suffix(".crt").exists():
            self.host.run("nebula-cert", "ca", "-name", "bench", *_certificate("-out", authority))
        mine = self.host.directory / "host"
        sign = ("nebula-cert", "sign", "-name", self.host.name, "-ip", f"{self.address}/24")
        self.host.run(*sign, *_certificate("-ca", authority), *_certificate("-out", mine))
        anyone = [{"port": "any", "proto": "any", "host": "any"}]
        config = {
            "pki": {"ca": f"{authority}.crt", "cert": f"{mine}.crt", "key": f"{mine}.key"},
            "static_host_map": {other.address: [f"{other.outside}:{NEBULA_PORT}"]} if self.position == 0 else {},
            "lighthouse": {"am_lighthouse": self.position == 1, "hosts": [other.address] if self.position == 0 else []},
            "listen": {"port": NEBULA_PORT},
            "tun": {"dev": "nebula1"},
            "firewall": {"inbound": anyone, "outbound": anyone},
        }
        self._config.write_text(json.dumps(config))  # JSON is YAML

    def start(self) -> None:
        self.spawn("nebula", "-config", str(self._config))

    @property
    def _config(self) -> Path:
        return self.host.directory / "config.yml"


class Tinc(Rival):
    """tinc 1.0 with its defaults: AES-256-CBC with SHA-256, path MTU discovery, in router mode."""

    programs = ("tincd",)

    def __init__(self, host: Host, position: int, outside: str) -> None:
        super().__init__(host, position, outside)
        self.name = f"end{position}"
        self.hosts = host.directory / "hosts"
        self.hosts.mkdir()
        dial = "ConnectTo = end1\n" if position == 0 else ""
        (host.directory / "tinc.conf").write_text(f"Name = {self.name}\nInterface = mesh0\n{dial}")
        (self.hosts / self.name).write_text(f"Address = {outside}\nSubnet = {self.address}/128\n")
        up = f'#!/bin/sh\nip link set "$INTERFACE" up\nip address add {self.address}/64 dev "$INTERFACE" nodad\n'
        (host.directory / "tinc-up").write_text(up)
        (host.directory / "tinc-up").chmod(0o755)
        host.run("tincd", "--config", str(host.directory), "--generate-keys")  # adds the public one to hosts/

    def configure(self, other: Rival) -> None:
        assert isinstance(other, Tinc)
        shutil.copy(other.hosts / other.name, self.hosts)

    def start(self) -> None:
        files = (f"--config={self.host.directory}", f"--pidfile={self.host.directory / 'tinc.pid'}")
        self.spawn("tincd", "--no-detach", *files)


class Copier(Rival):
    """copier.c: packets as they are, with everleaf's own default MTU."""

    programs = ()

    def configure(self, other: Rival) -> None:
        place = other.outside if self.position == 0 else self.outside
        self.how = ("dial" if self.position == 0 else "listen", place, COPIER_PORT)

    def start(self) -> None:
        self.spawn(str(build("copier")), "copy0", *self.how)
        wait_until(lambda: self.host.attempt("ip", "link", "show", "copy0").returncode == 0, "copier has its device")
        self.host.run("ip", "address", "add", f"{self.address}/64", "dev", "copy0", "nodad")
        self.host.run("ip", "link", "set", "copy0", "up", "mtu", "65535")


RIVALS: dict[str, type[Rival]] = {"wireguard-go": WireGuard, "nebula": Nebula, "tinc": Tinc, "copier": Copier}


def missing() -> list[str]:
    """Programs that are not installed."""
    return [name for rival in RIVALS.values() for name in rival.programs if not shutil.which(name)]


def make_pair(net: Net, name: str) -> list[Rival]:
    """Both ends of one program's tunnel, not started."""
    hosts = [net.host(f"{name}-{position}") for position in range(2)]
    places = zip(hosts, range(2), net.wire(*hosts), strict=True)
    ends = [RIVALS[name](host, position, outside) for host, position, outside in places]
    for end, other in (ends, ends[::-1]):
        end.configure(other)
    return ends


def start_pair(ends: Sequence[Rival]) -> None:
    """Start the one that waits, then the other, and wait until they are joined."""
    for end in reversed(ends):
        end.start()
    for end, other in (ends, ends[::-1]):
        end.reaches(other)


def _certificate(prefix: str, stem: Path) -> Sequence[str]:
    return (f"{prefix}-crt", f"{stem}.crt", f"{prefix}-key", f"{stem}.key")
