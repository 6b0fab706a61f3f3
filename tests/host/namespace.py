"""Python in a network namespace of its own, as root or as less: what the tests of the Linux backend run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import everleaf

NOBODY = 65534
PLAIN_USER = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
NET_ADMIN_ONLY = (*PLAIN_USER, "--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin")
NO_CAPABILITY = (*PLAIN_USER, "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all")
# Where udev has not been, /dev/net/tun is root's alone. Everywhere else any user may open it.
OPEN_DRIVER = "mount -t tmpfs -o mode=755 none /dev/net && mknod -m 666 /dev/net/tun c 10 200"

PRELUDE = """
import errno, json, os, socket, subprocess, sys, threading
from everleaf.errors import BusyError, HostError, NodeError, PermissionDeniedError
from everleaf.host import Kind, Wanted
from everleaf.host.linux import LinuxHost, Offload
host = LinuxHost()
address = bytes.fromhex("02" + "11" * 15)
wanted = Wanted(address, 1400)
def run(*command): subprocess.run(command, check=True)
def shown(*words): return json.loads(subprocess.run(["ip", "-j", *words], check=True, capture_output=True).stdout)
def addresses(name):
    told = [each for row in shown("-6", "addr", "show", "dev", name) if row for each in row["addr_info"]]
    return [(each["local"], each["prefixlen"]) for each in told]
def routes(name): return [each["dst"] for each in shown("-6", "route", "show", "dev", name)]
def interfaces(): return sorted(each["ifname"] for each in shown("link"))
def settle(name):  # Linux adds the route that makes an address its own a moment later (addrconf_dad_work)
    local = ("-6", "route", "show", "table", "local", "dev", name)
    while "local" not in [each.get("type") for each in shown(*local)]: pass
def datagram(device):
    while packet := device.read():
        if packet[6] == socket.IPPROTO_UDP: break  # the host speaks of its own accord, too
    return packet
def say(value): print(json.dumps(value))
"""
SHOWN = "211:1111:1111:1111:1111:1111:1111:1111"  # `address`


@contextmanager
def shared_python() -> Iterator[tuple[str, str, str]]:
    """Python and the node where every user may read them, wherever they are installed.

    What a shell must do for it first, in a mount namespace of its own; the interpreter; its PYTHONPATH.
    """
    with tempfile.TemporaryDirectory(prefix="everleaf-") as directory:
        python, node = Path(directory) / "python", Path(directory) / "node"
        places = {python: sys.base_prefix, node: Path(everleaf.__file__).parents[1]}
        Path(directory).chmod(0o755)
        for place in places:
            place.mkdir()
        mounts = " && ".join(f"mount --bind '{source}' '{place}'" for place, source in places.items())
        yield mounts, str(python / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"), str(node)


def in_namespace(
    script: str, *wrapper: str, before: str = ":", python: str = sys.executable, path: str = os.pathsep.join(sys.path)
) -> Any:
    """The JSON that `script` says at last. `before` is for root's shell, in the same namespace."""
    started = ("unshare", "--net", "--mount", "sh", "-ec", f'{before}; exec "$@"', "sh", *wrapper, python)
    done = subprocess.run(
        [*started, "-c", PRELUDE + script], capture_output=True, text=True, check=False, cwd="/", timeout=60,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
