"""Debian roots of other suites and architectures: made once, kept in the user's cache, entered with a namespace."""

from __future__ import annotations

import fcntl
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from builds.debian import archive
from builds.errors import BuildError
from builds.stamp import Stamp
from builds.step import cache, run, say

BINFMT = Path("/proc/sys/fs/binfmt_misc")
QEMU = {"arm64": "qemu-aarch64", "armhf": "qemu-arm", "mipsel": "qemu-mipsel", "riscv64": "qemu-riscv64"}
NATIVE = {"x86_64": "amd64", "aarch64": "arm64", "riscv64": "riscv64"}  # this machine's name and Debian's

_COMPILER = "gcc,libc6-dev,make,pkg-config,zlib1g-dev,binutils"
_OWN_PYTHON = f"{_COMPILER},python3-dev,libsodium-dev,libssl-dev"
PACKAGES = {
    "bullseye-amd64": f"{_COMPILER},perl,libffi-dev,libsodium-dev",  # Python and OpenSSL are built there
    "bookworm-arm64": _OWN_PYTHON,
    "bookworm-armhf": _OWN_PYTHON,
    "bookworm-mipsel": _OWN_PYTHON,
    "trixie-riscv64": _OWN_PYTHON,
    "bookworm-amd64": "",  # where things are only run
    "trixie-amd64": "",
}
_LEAN = tuple(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale"))
# Before the first package, so that /bin and the others are the links that they are on every newer Debian.
_MERGE_USR = 'for each in bin sbin lib lib64; do mkdir -p "$1/usr/$each"; ln -s "usr/$each" "$1/$each"; done'
# What the packages' scripts would have made, and something here needs; configure scripts want an awk.
_FINISH = """
for table in passwd group; do cp "$1/usr/share/base-passwd/$table.master" "$1/etc/$table"; done
ln -s mawk "$1/usr/bin/awk"
mkdir "$1/build"
"""

# In a mount namespace of its own, so that nothing stays mounted: room for the build, devices, and the program's world.
_ENTER = """
mount --bind "$2" "$1/build" && mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" || exit 125
root=$1; shift 2
exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/build LC_ALL=C.UTF-8 "$@"
"""


@dataclass(frozen=True, slots=True)
class Root:
    """One Debian root, and a directory of ours that is its /build."""

    name: str  # SUITE-ARCHITECTURE
    room: Path

    def command(self, *words: str | Path) -> list[str]:
        """What runs `words` in it, in /build's place of the namespace; NAME=VALUE words first are the environment."""
        path = made(self.name)
        self.room.mkdir(parents=True, exist_ok=True)
        enter = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _ENTER, "enter"]
        return [*enter, str(path), str(self.room), *(str(word) for word in words)]

    def run(self, *words: str | Path) -> str:
        """Run it there; what it printed."""
        return run(self.command(*words))

    def shell(self, script: str) -> str:
        """Run a line of shell in /build; what it printed."""
        return self.run("sh", "-euc", f"cd /build\n{script}")

    def compiler(self) -> str:
        """Which one it has, to Debian's revision: a root that was made again may have a newer one."""
        return self.run("gcc", "--version")


def made(name: str) -> Path:
    """The root called `name`, made now if this machine does not have it yet, or one of other packages."""
    if name not in PACKAGES:
        raise BuildError(f"there is no root {name!r}", fix="one of: " + ", ".join(PACKAGES))
    if os.geteuid() != 0:
        raise BuildError("Debian roots need root: chroot, mounts", fix="run it with sudo")
    place = cache() / "roots"
    place.mkdir(exist_ok=True)
    with (place / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        emulate(name.partition("-")[2])
        stamp = Stamp.of(name, place, *_recipe(name), _FINISH)
        if not (stamp.fits() and (place / name).exists()):
            stamp.lift()
            _make(name, place / name)
            stamp.put()
    return place / name


def emulate(architecture: str) -> None:
    """Have this kernel run programs of `architecture`, through qemu if it is not its own."""
    if NATIVE.get(platform.machine()) == architecture:
        return
    if not (BINFMT / "status").exists():
        run(["mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT])
    if not (BINFMT / QEMU[architecture]).exists():
        run(["/usr/lib/systemd/systemd-binfmt"])
    if not (BINFMT / QEMU[architecture]).exists():
        raise BuildError(
            f"nothing runs programs for {architecture} here", fix="apt install qemu-user-static binfmt-support"
        )


def _recipe(name: str) -> list[str]:
    """The command that makes it, but for the place and the archive, and the suite at its end.

    Packages are unpacked, and none of their scripts is run: under emulation those take longer than all the rest.
    """
    suite, _, architecture = name.partition("-")
    command = ["mmdebstrap", "--quiet", "--variant=extract", "--components=main", *_LEAN]
    command += [f"--setup-hook={_MERGE_USR}", f"--architectures={architecture}", "--include=?essential"]
    command += [f"--include={PACKAGES[name]}"] if PACKAGES[name] else []
    return [*command, suite]


def _make(name: str, path: Path) -> None:
    say(f"making the root {name}")
    aside = path.with_name(f"{name}.new")
    run(["rm", "-rf", "--one-file-system", aside])
    run([*_recipe(name), aside, archive()])
    run(["sh", "-euc", _FINISH, "sh", aside])
    run(["rm", "-rf", "--one-file-system", path])
    aside.rename(path)
