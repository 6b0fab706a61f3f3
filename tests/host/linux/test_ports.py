"""`everleaf ports` on this kernel, in a network namespace of its own. Needs root."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.interop

OURS = "211:1111:1111:1111:1111:1111:1111:1111"
SCRIPT = f"""
import json, os, socket, subprocess, sys
from everleaf.host import Wanted
from everleaf.host.linux import LinuxHost

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
host = LinuxHost()
tun = host.open("auto")
host.apply(tun.name, Wanted(socket.inet_pton(socket.AF_INET6, "{OURS}"), 1280))

def bound(family, kind, address):
    opened = socket.socket(family, kind)
    if family == socket.AF_INET6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    opened.bind((address, 0))
    return opened

held = {{
    "wildcard": socket.create_server(("::", 0), family=socket.AF_INET6),
    "loopback": socket.create_server(("127.0.0.1", 0)),
    "overlay": socket.create_server(("{OURS}", 0), family=socket.AF_INET6),
    "datagrams": bound(socket.AF_INET6, socket.SOCK_DGRAM, "::"),
    "old wildcard": bound(socket.AF_INET, socket.SOCK_DGRAM, "0.0.0.0"),
    "not listening": bound(socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1"),
}}
caller = socket.create_connection(held["loopback"].getsockname())
answer = subprocess.run([sys.executable, "-m", "everleaf", "ports", "--json", "--endpoint", "unix:///nonexistent/a"],
                        check=True, capture_output=True, text=True)
found = {{(row["protocol"], row["port"], row["address"]): row for row in json.loads(answer.stdout)["ports"]}}
seen = {{}}
for name, opened in held.items():
    protocol = "tcp" if opened.type == socket.SOCK_STREAM else "udp"
    address, port = opened.getsockname()[:2]
    row = found.pop((protocol, port, address), None)
    seen[name] = row and [row["overlay"], row["pid"] == os.getpid(), bool(row["process"])]
print(json.dumps([seen, list(found)]))
"""


def test_ports_of_this_host_are_found_with_owner_and_reach():
    """Every socket that waits, none that does not, and nothing else in a fresh namespace."""
    run = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    seen, others = json.loads(run.stdout)
    assert seen == {
        "wildcard": [True, True, True],
        "loopback": [False, True, True],
        "overlay": [True, True, True],
        "datagrams": [True, True, True],
        "old wildcard": [False, True, True],
        "not listening": None,
    }
    assert others == []
