"""What starts services on each system: for real where it can be had, else a model of it that says what it models."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.machine import REPOSITORY, Machine

MODELS = Path(__file__).parent / "inits"
UNPACKED = REPOSITORY / "build" / "inits"  # runit and OpenRC


@dataclass(frozen=True, slots=True)
class Init:
    """One way to start services."""

    models: tuple[str, ...] = ()  # directories of MODELS to lay over the machine
    prepare: Callable[[Machine], None] | None = None
    respawns: bool = True  # whether it starts a node again that died

    def install(self, machine: Machine, home: str) -> None:
        """On a machine that is to be a `home`."""
        machine.run(f"ln -s {sys.executable} /usr/local/bin/python3; mkdir -p /etc/rc.d /etc/init.d /etc/logrotate.d")
        machine.run("touch /etc/rc.conf; echo wheel:x:0: >>/etc/group")
        for tree in (*self.models, *HOMES.get(home, ())):
            for path in filter(Path.is_file, (MODELS / tree).rglob("*")):
                machine.copy(path, f"/{path.relative_to(MODELS / tree)}", f"{path.stat().st_mode & 0o777:o}")
        if self.prepare:
            self.prepare(machine)


def _ksh(machine: Machine) -> None:
    machine.run("ln -sf mksh /usr/bin/ksh")


def _unpacked(machine: Machine) -> None:
    assert UNPACKED.is_dir(), "runit and OpenRC are not there; run: make build/inits"
    unpack = "tar -C / -x --touch --no-same-owner --no-overwrite-dir --keep-directory-symlink"
    machine.run(f"tar -C {UNPACKED} --exclude ./lib/lsb -c . | {unpack}")


def _runit(machine: Machine) -> None:
    _unpacked(machine)
    machine.run("mkdir -p /etc/runit/runsvdir/current; setsid runsvdir -P /etc/service </dev/null >/dev/null 2>&1 &")


def _openrc(machine: Machine) -> None:
    """As in a container, where no boot has been and the network is another's care."""
    _unpacked(machine)
    states = "daemons exclusive failed hotplugged inactive options scheduled started starting stopping wasinactive"
    machine.run(f"mkdir -p /run/openrc && cd /run/openrc && mkdir {states} && touch softlevel && rm -f /etc/init.d/*")
    machine.write("/etc/init.d/net", "#!/sbin/openrc-run\nstart() { :; }\n", "0755")
    machine.run("mkdir -p /etc/runlevels/default")


HOMES = {"alpine": ("alpine",)}  # what a platform has, whoever starts services
INITS = {
    "freebsd": Init(("bsd", "freebsd")),
    "dragonfly": Init(("bsd", "dragonfly"), respawns=False),
    "netbsd": Init(("bsd", "makedev", "netbsd"), respawns=False),
    "openbsd": Init(("bsd", "makedev", "openbsd"), _ksh, respawns=False),
    "procd": Init(("openwrt",)),
    "launchd": Init(("macos",)),
    "runit": Init(prepare=_runit),
    "openrc": Init(prepare=_openrc),
    "sysvinit": Init(),
    "pidfile": Init(),
}
