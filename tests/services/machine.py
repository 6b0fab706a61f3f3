"""A machine to install services on: this one's programs in a root of their own, where every file may be written.

Its first process is the first in its own mount and process namespaces; when that ends, everything inside is gone. Root
keeps the users of this machine; an ordinary user is root inside, and nobody else exists.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def outside() -> list[str]:
    """Directories that Python needs to run inside, where they are not in /usr, none in another."""
    paths = sorted({sys.base_prefix, sys.prefix, str(REPOSITORY), *filter(os.path.isdir, sys.path)})
    return [path for path in paths if not any(path.startswith(f"{other}/") for other in ["/usr", *paths])]


ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/tmp",
}

FIRST = r"""
set -eu
root=$1
shift
mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs "$root"
mkdir -p "$root/etc" "$root/run" "$root/dev" "$root/proc" "$root/usr" "$root/.upper" "$root/.work" "$root/var/log"
mkdir -m 1777 "$root/tmp"
mkdir -p "$root/var/lib" "$root/var/db" "$root/var/cache"
ln -s ../run "$root/var/run"
for link in /bin /sbin /lib /lib64; do [ ! -L "$link" ] || cp -P "$link" "$root"; done
# Directories that are ours, so that an ordinary user, who is no root of the machine's own, can write there.
for directory in /usr/*/ /usr/local/*/ /usr/lib/*-linux-*/; do mkdir -p "$root/.upper/${directory#/usr/}"; done
options=lowerdir=/usr,upperdir=$root/.upper,workdir=$root/.work
mount -t overlay -o "userxattr,$options" overlay "$root/usr"
mkdir "$root/dev/net"
for device in null zero full random urandom tty net/tun; do
    [ ! -e "/dev/$device" ] || { touch "$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device"; }
done
ln -s /proc/self/fd "$root/dev/fd"
mount -t proc proc "$root/proc"
for file in passwd group shadow gshadow login.defs nsswitch.conf ld.so.cache alternatives pam.d; do
    cp -RP --preserve=mode "/etc/$file" "$root/etc" 2>/dev/null || :
done
for path; do
    mkdir -p "$root$path" && mount --bind "$path" "$root$path"
    mount -o remount,bind,ro "$root$path" 2>/dev/null || : # not for an ordinary user, who cannot write there anyway
done
cd "$root"
exec chroot "$root" sh -c 'echo ready; exec >/dev/null 2>&1; sleep infinity & wait' # and so for whatever is orphaned
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """One that runs, known by the pid of its first process."""

    init: int

    @classmethod
    @contextmanager
    def running(cls, directory: Path) -> Iterator[Machine]:
        """A new one; `directory` is where its root is mounted, seen by nobody outside."""
        new = [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            *([] if os.getuid() == 0 else ["--map-root-user"]),
        ]
        words = [*new, "sh", "-c", FIRST, "sh", str(directory), *outside()]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as first:
            try:
                assert first.stdout
                assert first.stdout.readline() == "ready\n"
                yield cls(int(Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()[0]))
            finally:
                os.killpg(first.pid, signal.SIGKILL)

    def attempt(self, line: str, *, stdin: str = "", timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """The outcome of a line of shell. Whatever it leaves in the background must have let go of its output."""
        user = [] if os.getuid() == 0 else ["--user", "--preserve-credentials"]
        inside = ["nsenter", f"--target={self.init}", *user, "--mount", "--pid", "--root"]
        settings = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
        words = [*inside, "env", "--ignore-environment", "--chdir=/", *settings, "sh", "-c", line]
        return subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)

    def run(self, line: str, *, stdin: str = "") -> str:
        """What a line of shell printed; it must not fail."""
        done = self.attempt(line, stdin=stdin)
        assert done.returncode == 0, f"{line}\nexit status {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def write(self, path: str, text: str, mode: str = "0644") -> None:
        """A file anew, also where a link was."""
        self._put(path, "cat", text, mode)

    def copy(self, source: Path, path: str, mode: str = "0755") -> None:
        """A file from outside."""
        self._put(path, "base64 -d", base64.b64encode(source.read_bytes()).decode(), mode)

    def _put(self, path: str, reader: str, data: str, mode: str) -> None:
        line = f'mkdir -p "$(dirname {path})" && rm -f {path} && {reader} >{path} && chmod {mode} {path}'
        self.run(line, stdin=data)

    def exists(self, path: str) -> bool:
        return self.attempt(f"test -e {path}").returncode == 0
