"""Why a lab cannot be made on this machine, in one line, with the remedy."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from everleaf.errors import HostError, NodeError, PermissionDeniedError, UnavailableError

TOOLS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "mount": "mount",
    "ip": "iproute2",
    "hostname": "hostname",
    "ping": "iputils-ping",
}
TUN = Path("/dev/net/tun")
SYSCTL = Path("/proc/sys")
# Switches that refuse user namespaces, each with the value that does and one that does not.
_SWITCHES = {
    "kernel.unprivileged_userns_clone": ("0", "1"),
    "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),
    "user.max_user_namespaces": ("0", "10000"),
}


def check() -> None:
    """Raise NodeError for what can be known before anything is started."""
    for tool, package in TOOLS.items():
        if shutil.which(tool) is None:
            raise UnavailableError(f"the program {tool} is missing", fix=f"install the package {package}")
    try:
        os.close(os.open(TUN, os.O_RDWR | os.O_CLOEXEC))
    except FileNotFoundError:
        raise HostError(f"{TUN} is missing", fix="run: sudo modprobe tun") from None
    except PermissionError:
        raise PermissionDeniedError(f"may not open {TUN}", fix=f"run: sudo chmod 0666 {TUN}") from None
    except OSError as error:
        raise HostError(f"{TUN} does not open: {error.strerror}", fix="run: sudo modprobe tun") from None


def explain(said: str) -> NodeError:
    """The likely reason for the failed start of a lab or host that ended with the words `said`."""
    for switch, (bad, good) in _SWITCHES.items():
        path = SYSCTL.joinpath(*switch.split("."))
        if path.exists() and path.read_text().strip() == bad:
            return PermissionDeniedError(
                f"this machine refuses user namespaces: {switch} is {bad}", fix=f"run: sudo sysctl {switch}={good}"
            )
    if said.startswith("unshare:"):
        return PermissionDeniedError(
            f"this machine refuses user namespaces: {said}", fix="in a container, start it with --privileged"
        )
    if "overlay" in said:
        return HostError(f"no overlay file system inside a user namespace: {said}", fix="use Linux 5.11 or later")
    return HostError(f"the lab does not start: {said or 'no word from it'}", fix="run it again as root to compare")
