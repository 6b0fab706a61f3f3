"""Root directories of the machines: one per Debian release and init system, made once and kept in the user's cache."""

from __future__ import annotations

import fcntl
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

COMMON = "openssh-server,iproute2,python3,sudo,procps,iputils-ping,kmod,ca-certificates"
NO_SYSTEMD = (
    "--essential-hook=printf 'Package: systemd systemd-sysv\\nPin: release *\\nPin-Priority: -1\\n'"
    ' > "$1/etc/apt/preferences.d/nosystemd"'
)
LEAN = tuple(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale"))
RUNIT_SSH = '--customize-hook=ln -s /etc/sv/ssh "$1/etc/runit/runsvdir/default/ssh"'


@dataclass(frozen=True, slots=True)
class Base:
    """One kind of machine."""

    name: str
    suite: str
    packages: str
    init: str  # the program that is process 1
    manager: str  # the row of platforms.toml that starts services there
    options: tuple[str, ...] = ()


def _other(name: str, packages: str, *options: str) -> Base:
    """A machine of trixie without systemd; openssh-server wants its users made by somebody."""
    return Base(name, "trixie", f"{packages},systemd-standalone-sysusers", "/sbin/init", name, (NO_SYSTEMD, *options))


BASES = {
    base.name: base
    for base in (
        Base("bookworm", "bookworm", "systemd,systemd-sysv,dbus", "/lib/systemd/systemd", "systemd"),
        Base("trixie", "trixie", "systemd,systemd-sysv,dbus", "/lib/systemd/systemd", "systemd"),
        _other("sysvinit", "sysvinit-core,sysv-rc,insserv,initscripts"),
        _other("openrc", "sysvinit-core,openrc,initscripts"),
        _other("runit", "runit-init,runit,initscripts", RUNIT_SSH),
    )
}

PACKAGERS = Base(
    "packagers",
    "bookworm",
    "systemd,systemd-sysv,dbus,rpm,pacman-package-manager",
    "/lib/systemd/systemd",
    "systemd",
)


def root_of(base: Base) -> Path:
    """Its root directory, made now if this machine does not have it yet. Never write into it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "everleaf" / "machines"
    cache.mkdir(parents=True, exist_ok=True)
    root = cache / base.name
    with (cache / f"{base.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            _make(base, root)
    return root


def _make(base: Base, root: Path) -> None:
    aside = root.with_name(f"{base.name}.new")
    subprocess.run(["rm", "-rf", str(aside)], check=True)
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--components=main", *LEAN, *base.options]
    command += [f"--include={COMMON},{base.packages}", base.suite, str(aside), _mirror()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"mmdebstrap of {base.name} failed:\n{done.stderr}")
    aside.rename(root)


def _mirror() -> str:
    """The one that this machine's own apt uses."""
    query = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"]
    found = subprocess.run([*query, "Label: Debian"], capture_output=True, text=True, check=True).stdout.split()
    if not found:
        raise AssertionError("no Debian mirror in the configuration of apt: the machines of these tests need one")
    return found[0]
