"""The nodes on a lab's hosts, ours and the real Yggdrasil: one admin protocol, so one way to ask both."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from everleaf.errors import UnavailableError
from everleaf_fleet.lab.host import LabHost

_EVERLEAF = ("everleaf", "ctl", "--json")
_YGGDRASIL_SOCKET = "unix:///run/yggdrasil.sock"
_YGGDRASIL_CONFIG = "/etc/yggdrasil.conf"
_YGGDRASIL_LOG = "/var/log/yggdrasil.log"
_YGGDRASIL = ("yggdrasilctl", "-json", f"-endpoint={_YGGDRASIL_SOCKET}")


@dataclass(frozen=True, slots=True)
class LabNode:
    """A node that runs on a host of the lab, and what it said of itself."""

    host: LabHost
    control: tuple[str, ...]  # the words before an admin request
    kind: str
    version: str
    key: str
    address: str

    def ask(self, request: str) -> Any:
        """The answer to an admin request."""
        answer = _answer(self.host, self.control, request)
        if answer is None:
            raise UnavailableError(f"{self.host.name}: the node does not answer {request}")
        return answer


def everleaf(host: LabHost) -> LabNode:
    """Our node, which a deploy has put on `host`."""
    return _introduced(host, _EVERLEAF)


def yggdrasil_is_installed() -> bool:
    """Whether this machine, and so every host of a lab on it, has the real node."""
    return bool(shutil.which("yggdrasil") and shutil.which("yggdrasilctl"))


def yggdrasil(host: LabHost, listen: Sequence[str], peers: Sequence[str], seconds: float = 60) -> LabNode:
    """Start the real node on `host`, with a key of its own. Raise UnavailableError if it does not answer in time."""
    config = json.loads(host.run("yggdrasil", "-genconf", "-json"))
    config |= {
        "Listen": list(listen),
        "Peers": list(peers),
        "AdminListen": _YGGDRASIL_SOCKET,
        "MulticastInterfaces": [],
        "NodeInfo": {"name": host.name},
    }
    host.run("sh", "-c", f"umask 077; cat >{_YGGDRASIL_CONFIG}", stdin=json.dumps(config))
    host.run("sh", "-c", f"setsid yggdrasil -useconffile {_YGGDRASIL_CONFIG} </dev/null >{_YGGDRASIL_LOG} 2>&1 &")
    deadline = time.monotonic() + seconds
    while _answer(host, _YGGDRASIL, "getSelf") is None:
        if time.monotonic() > deadline:
            said = host.attempt("tail", "-n", "3", _YGGDRASIL_LOG).stdout.strip()
            raise UnavailableError(f"{host.name}: yggdrasil does not answer after {seconds:g} s: {said}")
        time.sleep(0.1)
    return _introduced(host, _YGGDRASIL)


def _introduced(host: LabHost, control: tuple[str, ...]) -> LabNode:
    me = _answer(host, control, "getSelf")
    if me is None:
        raise UnavailableError(f"{host.name}: the node does not answer getSelf")
    return LabNode(host, control, me["build_name"], me["build_version"], me["key"], me["address"])


def _answer(host: LabHost, control: tuple[str, ...], request: str) -> Any:
    """None if there is none. Judged by what is printed: the exit status of yggdrasilctl is 0 whatever happens."""
    try:
        return json.loads(host.attempt(*control, request).stdout)
    except ValueError:
        return None
