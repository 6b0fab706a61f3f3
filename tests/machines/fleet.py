"""Five machines with real init systems as one fleet: its file as the owner has it, and what can be seen of the mesh."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from everleaf import __version__
from everleaf.identity import parse
from everleaf_fleet.model import lock as locks
from everleaf_fleet.model.lock import Locked
from interop.net import wait_until
from machines.bases import BASES
from machines.site import Site

PROGRAM = Path(__file__).parents[2] / "dist" / "everleaf"
NAMES = tuple(BASES)
HUB, SUDO = "bookworm", "trixie"  # whom all dial; and where the deploy comes as somebody who is not root
KEY_FILE = "/var/lib/everleaf/identity.key"


class Fleet:
    """The fleet, its hub, and everybody else dialling that."""

    def __init__(self, site: Site, directory: Path) -> None:
        self.site = site
        self.directory = directory
        self.file = directory / "fleet.toml"

    def wants(
        self, *, version: str = __version__, mtu: str = '"auto"', level: str = "info", within: str = "30s"
    ) -> None:
        """Write the file."""
        tables = [
            f'[fleet]\nname = "mesh"\nversion = "{version}"\n[upgrade]\ngate = {{ within = "{within}" }}\n'
            f'[defaults]\nmtu = {mtu}\nlog_level = "{level}"\nallowed_keys = ["@all"]\n'
            f'ssh = {{ user = "root", key = "{self.site.key}" }}\n'
        ]
        self.file.write_text("\n".join(tables + [self._host(name) for name in NAMES]))

    def _host(self, name: str) -> str:
        machine = self.site.machines[name]
        more = 'listen = ["tls://[::]:9001"]' if name == HUB else f'peers = ["{HUB}"]'
        if name == SUDO:
            more += f'\nssh = {{ user = "admin", key = "{self.site.key}", become = "sudo" }}'
        return f'[hosts.{name}]\naddress = "{machine.address}"\nmanager = "{machine.base.manager}"\n{more}'

    def boot(self) -> None:
        """Start all machines; on one of them root is reached by sudo only in the fleet's eyes."""
        for name in NAMES:
            self.site.add(name, name)
        self.wants()
        for machine in self.site.machines.values():
            machine.boot()
        authorized = self.site.key.with_suffix(".pub").read_text()
        self.run(
            SUDO,
            "useradd -m -s /bin/sh admin && echo 'admin ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/admin && "
            f"install -d -m 700 -o admin ~admin/.ssh && echo '{authorized}' >~admin/.ssh/authorized_keys",
        )

    def run(self, name: str, command: str) -> str:
        """What a command printed on a machine."""
        return self.site.ssh(name, command)

    @property
    def lock(self) -> dict[str, Locked]:
        """What the lock knows."""
        return dict(locks.load(locks.beside(self.file)).hosts)

    def status(self, name: str) -> dict[str, Any]:
        """What the node there says of itself."""
        status: dict[str, Any] = json.loads(self.run(name, "everleaf status --json; true"))
        return status

    def awaited(self) -> None:
        """Wait until every machine reaches every other by its name."""
        wait_until(self._whole, "every machine reaches every other", 40)

    def _whole(self) -> bool:
        return all("none" not in self.run(here, _pings(here)) for here in NAMES)

    def ours(self, name: str) -> list[str]:
        """Every path on a machine that bears our name."""
        places = " ".join(("/etc", "/usr/local", "/usr/lib", "/lib", "/var", "/run", "/tmp", "/root"))
        return self.run(name, f"find {places} -xdev -name '*everleaf*' -o -path '*everleaf/*'").splitlines()

    def secrets(self) -> list[bytes]:
        """Every machine's key, in every form in which it could be seen."""
        return [form for name in NAMES for form in _forms(self.run(name, f"sudo cat {KEY_FILE}"))]

    def left(self) -> Iterator[bytes]:
        """What the controller's files and the machines' logs and other files say, but for the keys themselves."""
        yield from (path.read_bytes() for path in self.directory.rglob("*") if path.is_file())
        for name in NAMES:
            yield self.run(name, "journalctl -q 2>/dev/null; true").encode()
            others = f"-type f -newer /etc/hostname -size -99k ! -path {KEY_FILE} ! -path '/proc/*'"
            yield base64.b64decode(self.run(name, f"find / -xdev {others} -exec cat {{}} + | base64"))


def _pings(here: str) -> str:
    """Ask every other machine; one that does not answer is called none."""
    return "; ".join(f"ping -6 -n -q -c 1 -W 2 {there} >/dev/null || echo none" for there in NAMES if there != here)


def _forms(pem: str) -> list[bytes]:
    with parse(pem.encode()) as seed:
        raw = bytes(seed)
    return [raw, raw.hex().encode(), base64.b64encode(raw), pem.splitlines()[1].encode()]
