"""Machines that boot a real init: containers with a network namespace each, reached by SSH from a controller's.

A machine's root is an overlay over its base, so that making one copies nothing, and its end takes all changes with it.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from interop.net import Host, wait_until
from machines.bases import Base, root_of

CGROUPS = Path("/sys/fs/cgroup")
CAPABILITIES = "CAP_NET_ADMIN,CAP_NET_RAW,CAP_BPF,CAP_SYSLOG"
REBOOT = 133  # exit status of a container that asked for it


class Machine:
    """One machine. It is a host of the net as well: its namespace, wires and addresses are those of any other."""

    def __init__(self, host: Host, controller: Host, base: Base, address: str) -> None:
        self.host = host
        self.controller = controller
        self.base = base
        self.address = address  # as the controller reaches it
        self.name = f"{host.name}-{os.getpid()}"  # of the container; unique on this computer
        self.directory = host.directory
        self.root = self.directory / "root"
        self._runner: subprocess.Popen[bytes] | None = None

    def prepare(self, authorized: str) -> None:
        """Make its root, with a key that may log in as root."""
        for part in ("root", "upper", "work"):
            (self.directory / part).mkdir()
        self._make_tun()
        layers = f"lowerdir={root_of(self.base)},upperdir={self.directory}/upper,workdir={self.directory}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(self.root)], check=True)
        ssh = self.root / "root" / ".ssh"
        ssh.mkdir(mode=0o700, exist_ok=True)
        (ssh / "authorized_keys").write_text(authorized)
        (self.root / "etc" / "hostname").write_text(f"{self.host.name}\n")

    def boot(self) -> None:
        """Start process 1 and wait until its SSH server answers."""
        self._forget()
        for group in self._groups():
            group.mkdir()
        with (self.directory / "console").open("ab") as console:
            self._runner = subprocess.Popen(
                ["sh", "-c", self._script()], stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                start_new_session=True,
            )  # fmt: skip
        self.awaited()

    def awaited(self) -> None:
        """Wait for the SSH server."""
        wait_until(self._greets, f"{self.name} answers SSH; see {self.directory}/console", 60)

    def run(self, *command: str, timeout: float = 60.0) -> str:
        """Run a command inside, past SSH; what it prints. It must succeed."""
        done = self.attempt(*command, timeout=timeout)
        if done.returncode:
            raise AssertionError(
                f"{self.name}: {' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def attempt(self, *command: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a command inside that may fail."""
        inside = ["nsenter", f"--target={self._init()}", "--all", "--", *command]
        return subprocess.run(inside, capture_output=True, text=True, timeout=timeout, check=False)

    def reboot(self) -> None:
        """As an operator would, and wait until it is back."""
        before = self._init()
        self.attempt("reboot")
        wait_until(lambda: self._init(default=before) != before, f"{self.name} restarted", 60)
        self.awaited()

    def power_cut(self) -> None:
        """Everything in it ends at once; `boot` starts it again with the disk as it was."""
        (CGROUPS / "unified" / self.name / "cgroup.kill").write_text("1")
        if self._runner:
            self._runner.communicate()
        wait_until(lambda: not self._pids(), f"{self.name} is gone", 10)

    def close(self) -> None:
        """End it and leave nothing of it. Twice is harmless."""
        if self._runner:
            self.power_cut()
            self._runner = None
        if self.root.is_mount():
            wait_until(lambda: not subprocess.run(["umount", str(self.root)], check=False).returncode, "unmounted", 10)
        self._forget()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def _tun(self) -> Path:
        return self.directory / "tun"

    def _make_tun(self) -> None:
        """A device that everybody may open, as udev leaves it; that of this computer may be root's alone."""
        os.mknod(self._tun, stat.S_IFCHR, Path("/dev/net/tun").stat().st_rdev)
        self._tun.chmod(0o666)

    def _script(self) -> str:
        """Join its own control groups, then run the container as often as it asks for a reboot, its wire up."""
        joins = "\n".join(f"echo $$ >{group}/cgroup.procs" for group in self._groups())
        console = "--console=pipe --register=no --keep-unit --kill-signal=SIGRTMIN+3 -q"
        network = f"--network-namespace-path=/proc/{self.host.namespace}/ns/net"
        what = f"-M {self.name} --hostname={self.host.name} -D {self.root} --bind={self._tun}:/dev/net/tun"
        return (
            f"{joins}\nexport SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1\n"
            f"while :; do nsenter --target={self.host.namespace} --net ip link set eth0 up\n"
            f"systemd-nspawn {console} {network} {what} --capability={CAPABILITIES} {self.base.init}\n"
            f"test $? = {REBOOT} || exit; done"
        )

    def _groups(self) -> list[Path]:
        return [
            CGROUPS / kind / self.name
            for kind in ("systemd", "unified", "memory", "cpu", "pids")
            if (CGROUPS / kind).is_dir()
        ]

    def _pids(self) -> list[int]:
        groups = os.walk(CGROUPS / "unified" / self.name)
        return [pid for directory, _, _ in groups for pid in _processes(Path(directory) / "cgroup.procs")]

    def _init(self, default: int = 0) -> int:
        """The process that is process 1 in there."""
        for pid in self._pids():
            status = Path(f"/proc/{pid}/status")
            try:
                line = next(line for line in status.read_text().splitlines() if line.startswith("NSpid:"))
            except OSError:
                continue
            if line.split()[-1] == "1" and len(line.split()) > 2:
                return pid
        return default

    def _greets(self) -> bool:
        answer = self.controller.attempt(sys.executable, "-c", _GREETING, self.address, timeout=10)
        return answer.stdout.startswith("SSH-")

    def _forget(self) -> None:
        for place in ("unix-export", "propagate"):
            path = Path("/run/systemd/nspawn") / place / self.name
            subprocess.run(["umount", "-q", str(path)], check=False, stderr=subprocess.DEVNULL)
            if path.is_dir():
                path.rmdir()
        for group in self._groups():
            wait_until(lambda group=group: _removed(group), f"{group} has no process left", 10)


def _processes(file: Path) -> list[int]:
    try:
        return [int(pid) for pid in file.read_text().split()]
    except OSError:  # the group has ended meanwhile
        return []


def _removed(group: Path) -> bool:
    """Whether a control group is gone; not while the kernel still counts one of its processes."""
    try:
        for path in sorted((path for path in [group, *group.rglob("*")] if path.is_dir()), reverse=True):
            path.rmdir()
    except OSError:
        return False
    return True


_GREETING = "import socket,sys\ns=socket.create_connection((sys.argv[1],22),2)\nprint(s.recv(100).decode())"
