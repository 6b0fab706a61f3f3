"""One downloaded file, and nothing else: `everleaf service install` on machines that boot a real init."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from interop.net import wait_until
from machines.bases import BASES
from machines.machine import Machine

PROGRAM = Path(__file__).resolve().parents[2] / "dist" / "everleaf"
DOWNLOADED = "/root/everleaf"
INSTALLED = "/usr/local/bin/everleaf"
PIDFILE = "/run/everleaf/node.pid"
KEPT = {"/etc/everleaf", "/var/lib/everleaf"}
FIND = "find / -xdev -name '*everleaf*' ! -path '/proc/*' ! -path '/sys/*' ! -path '/tmp/*' ! -path '/root/*'"

pytestmark = pytest.mark.frozen


def told(machine: Machine, *words: str) -> Any:
    return json.loads(machine.run(*words, "--json", timeout=120))


def address(machine: Machine) -> str:
    """What the node says it is; "" when none answers."""
    answer = machine.attempt(INSTALLED, "ctl", "--json", "getSelf")
    return json.loads(answer.stdout)["address"] if answer.returncode == 0 else ""


@pytest.mark.parametrize("kind", BASES)
def test_a_single_file_makes_itself_a_service(site, kind):
    machine = site.add(kind, kind)
    machine.boot()
    shutil.copy(PROGRAM, machine.root / DOWNLOADED[1:])
    told(machine, DOWNLOADED, "service", "install")
    first = wait_until(lambda: address(machine), "the node answers")
    about = told(machine, INSTALLED, "service", "status")
    wanted = {"manager": machine.base.manager, "installed": True, "enabled": True, "running": True, "outdated": []}
    assert about | wanted == about
    assert told(machine, DOWNLOADED, "service", "install")["changes"] == []

    pid = machine.run("cat", PIDFILE)
    machine.run("sh", "-c", f"kill -9 {pid}")
    wait_until(lambda: machine.attempt("cat", PIDFILE).stdout not in ("", pid), "it has come back by itself", 30)
    machine.reboot()
    assert wait_until(lambda: address(machine), "it has come back with the machine", 30) == first

    told(machine, DOWNLOADED, "service", "uninstall")
    assert machine.attempt("pgrep", "-x", "everleaf").returncode == 1
    assert set(machine.run("sh", "-c", FIND).split()) == KEPT
    machine.run("test", "-s", "/var/lib/everleaf/identity.key")
    machine.close()
