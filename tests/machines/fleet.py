"""Five machines with real init systems as one fleet: its file as the owner has it, and what can be seen of the mesh."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from everleaf import __version__
from everleaf.identity import parse
from everleaf_fleet.model import lock as locks
from everleaf_fleet.model.lock import Locked
from interop.net import Host, wait_until
from machines.bases import BASES
from machines.site import Site

PROGRAM = Path(__file__).parents[2] / "dist" / "everleaf"
NAMES = tuple(BASES)
HUB, SUDO = "bookworm", "trixie"  # whom all dial; and where the deploy comes as somebody who is not root
KEY_FILE = "/var/lib/everleaf/identity.key"
VERSIONS = "/usr/local/lib/everleaf"
NEVER_LINKS = f"""#!/bin/sh
node={VERSIONS}/everleaf-{__version__}
if [ "$1" = run ]; then
	sed '/^peers/d; /^listen = ."tls/d' "$3" >"$TMPDIR/alone.toml"
	exec "$node" run --config "$TMPDIR/alone.toml" --pidfile "$5"
fi
exec "$node" "$@"
"""  # a version that passes every judgement before it runs


class Fleet:
    """The fleet, its hub, and everybody else dialling that."""

    def __init__(self, site: Site, directory: Path) -> None:
        self.site = site
        self.directory = directory
        self.file = directory / "fleet.toml"
        self.program = PROGRAM  # which pyinfra installs
        (directory / ".ssh").mkdir()

    def wants(
        self,
        *,
        version: str = __version__,
        mtu: str = '"auto"',
        level: str = "info",
        within: str = "30s",
        slack: str = "60s",
    ) -> None:
        """Write the file."""
        tables = [
            f'[fleet]\nname = "mesh"\nversion = "{version}"\n'
            f'[upgrade]\ngate = {{ within = "{within}", slack = "{slack}" }}\n'
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

    def everywhere(self, command: str) -> dict[str, str]:
        """What a command printed on each machine."""
        with ThreadPoolExecutor() as pool:
            return dict(zip(NAMES, pool.map(lambda name: self.run(name, command), NAMES), strict=True))

    def pyinfra(
        self, what: str, *words: str, targets: str = "everleaf_fleet.inventory:make", via: Host | None = None
    ) -> subprocess.CompletedProcess[str]:
        """One run from the controller or another host, with a home of its own for what SSH remembers."""
        environment = [f"HOME={self.directory}", f"EVERLEAF_FLEET={self.file}", f"PATH={os.environ['PATH']}"]
        command = [sys.executable, "-m", "pyinfra", "-y", "--data", f"everleaf_binary={self.program}", *words, targets]
        host = via or self.site.controller
        return host.attempt("env", "-i", *environment, *command, *what.split(), timeout=150)

    def deployed(self, what: str) -> dict[str, list[str]]:
        """The steps of pyinfra that changed something in a run that succeeds, each with its hosts; but for the gate."""
        done = self.pyinfra(f"everleaf_fleet.deploys.{what}", "--json")
        assert done.returncode == 0, done.stderr[-6000:]
        operations = json.loads(done.stdout)["results"]["operations"]
        names = {operation["name"].rpartition("| ")[2]: sorted(operation["success"]) for operation in operations}
        return {name: hosts for name, hosts in names.items() if hosts and name != "health"}

    @property
    def lock(self) -> dict[str, Locked]:
        """What the lock knows."""
        return dict(locks.load(locks.beside(self.file)).hosts)

    @property
    def keys(self) -> dict[str, str]:
        """Everybody's public key, as the lock knows it."""
        return {name: told.public_key for name, told in self.lock.items()}

    @property
    def versions(self) -> set[str]:
        """Every version that the lock knows of."""
        return {told.version for told in self.lock.values()}

    def used(self) -> dict[str, str]:
        """The version that is used on each machine."""
        links = self.everywhere("readlink /usr/local/bin/everleaf")
        return {name: link.strip().removeprefix(f"{VERSIONS}/everleaf-") for name, link in links.items()}

    def pids(self) -> dict[str, str]:
        """The process that is the node, on each machine."""
        return self.everywhere("cat /run/everleaf/node.pid")

    def status(self, name: str) -> dict[str, Any]:
        """What the node there says of itself."""
        status: dict[str, Any] = json.loads(self.run(name, "everleaf status --json; true"))
        return status

    def awaited(self) -> None:
        """Wait until every machine reaches every other by its name."""
        wait_until(self._whole, "every machine reaches every other", 40)

    def _whole(self) -> bool:
        with ThreadPoolExecutor() as pool:
            return not any("none" in said for said in pool.map(lambda here: self.run(here, _pings(here)), NAMES))

    def restarted(self) -> None:
        """Reboot all machines."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda machine: machine.reboot(), self.site.machines.values()))

    def ours(self, name: str) -> list[str]:
        """Every path on a machine that bears our name."""
        places = " ".join(("/etc", "/usr/local", "/usr/lib", "/lib", "/var", "/run", "/tmp", "/root"))
        return self.run(name, f"find {places} -xdev -name '*everleaf*' -o -path '*everleaf/*'").splitlines()

    def leaks(self, *said: str) -> list[bytes]:
        """What is seen of the machines' keys in these texts, in files of the controller, or elsewhere on a machine."""
        secrets = [form for key in self.everywhere(f"sudo cat {KEY_FILE}").values() for form in _forms(key)]
        texts = [*(text.encode() for text in said), *self._left()]
        return [secret for secret in secrets if any(secret in text for text in texts)]

    def _left(self) -> Iterator[bytes]:
        """What the controller's files and the machines' logs and other files say, but for the keys themselves."""
        yield from (path.read_bytes() for path in self.directory.rglob("*") if path.is_file())
        others = f"-type f -newer /etc/hostname -size -99k ! -path {KEY_FILE}"
        files = f"find / /tmp /run /dev/shm -xdev {others} -exec cat {{}} +"
        for text in self.everywhere(f"{{ {files}; journalctl -q 2>/dev/null; }} | base64").values():
            yield base64.b64decode(text)


def _pings(here: str) -> str:
    """Ask every other machine; one that does not answer is called none."""
    return "; ".join(f"ping -6 -n -q -c 1 -W 2 {there} >/dev/null || echo none" for there in NAMES if there != here)


def _forms(pem: str) -> list[bytes]:
    with parse(pem.encode()) as seed:
        raw = bytes(seed)
    armoured = pem.encode()
    return [raw, raw.hex().encode(), base64.b64encode(raw), armoured.splitlines()[1], base64.b64encode(armoured)]
