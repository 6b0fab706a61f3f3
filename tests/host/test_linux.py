"""The Linux backend against the real kernel, in a network namespace of its own. Needs root."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.interop

PRELUDE = """
import errno, json, os, socket, subprocess, sys
from everleaf.errors import BusyError, HostError, NodeError, PermissionDeniedError
from everleaf.host import Wanted
from everleaf.host.linux import LinuxHost
host = LinuxHost()
address = bytes.fromhex("02" + "11" * 15)
def shown(*words): return json.loads(subprocess.run(["ip", "-j", *words], check=True, capture_output=True).stdout)
def say(value): print(json.dumps(value))
"""


def in_namespace(script, *wrapper):
    """Run Python in a fresh network namespace; the last line of its output is JSON."""
    run = subprocess.run(
        ["unshare", "--net", *wrapper, sys.executable, "-c", PRELUDE + script],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_apply_gives_mtu_address_state_and_route_and_can_be_repeated():
    seen = in_namespace("""
tun = host.open("auto")
mtus = [host.apply(tun.name, Wanted(address, mtu)).mtu for mtu in (65535, 1500)]
link = shown("link", "show", tun.name)[0]
addresses = [a for a in shown("-6", "addr", "show", tun.name)[0]["addr_info"] if a["scope"] == "global"]
routes = [r for r in shown("-6", "route") if r["dst"] == "200::/7"]
say({"mtus": mtus, "up": "UP" in link["flags"], "addresses": [(a["local"], a["prefixlen"]) for a in addresses],
     "routes": [r["dev"] == tun.name for r in routes]})
""")
    assert seen == {
        "mtus": [65535, 1500],
        "up": True,
        "addresses": [["211:1111:1111:1111:1111:1111:1111:1111", 7]],
        "routes": [True],
    }


def test_open_uses_a_persistent_device_and_withdraw_takes_our_address_back():
    seen = in_namespace("""
subprocess.run(["ip", "tuntap", "add", "mesh0", "mode", "tun"], check=True)
tun = host.open("mesh0")
host.apply("mesh0", Wanted(address, 1400))
tun.close()
before = len(host.observe("mesh0").addresses)
host.withdraw("mesh0"); host.withdraw("mesh0"); host.withdraw("nosuch0")
after = len(host.observe("mesh0").addresses)
say({"name": tun.name, "before": before, "after": after})
""")
    assert seen == {"name": "mesh0", "before": 1, "after": 0}


def test_withdraw_leaves_what_the_administrator_added():
    seen = in_namespace("""
subprocess.run(["ip", "tuntap", "add", "mesh0", "mode", "tun"], check=True)
subprocess.run(["ip", "addr", "add", "311:1111:1111:1111::1/64", "dev", "mesh0"], check=True)
tun = host.open("mesh0")
host.apply("mesh0", Wanted(address, 1400))
host.withdraw("mesh0")
say([a["local"] for a in shown("-6", "addr", "show", "mesh0")[0]["addr_info"] if a["scope"] == "global"])
""")
    assert seen == ["311:1111:1111:1111::1"]


def test_open_interface_takes_away_an_address_that_a_killed_daemon_left():
    seen = in_namespace("""
from everleaf.address import address_of, text
from everleaf.config import InterfaceConfig
from everleaf.daemon.interface import open_interface
subprocess.run(["ip", "tuntap", "add", "mesh0", "mode", "tun"], check=True)
left = host.open("mesh0")
host.apply("mesh0", Wanted(address, 1400))
left.close()
open_interface(host, "node.toml", InterfaceConfig(name="mesh0"), b"\\x77" * 32)
there = [a["local"] for a in shown("-6", "addr", "show", "mesh0")[0]["addr_info"] if a["scope"] == "global"]
say([there, text(address_of(b"\\x77" * 32))])
""")
    assert seen[0] == [seen[1]]


@pytest.mark.parametrize(
    ("setup", "name", "error", "words"),
    [
        ("", "sixteen-bytes-xx", "HostError", "longer than 15 bytes"),
        ("", "lo", "HostError", "is not a TUN device"),
        ("held = host.open('mesh1')", "mesh1", "BusyError", "in use"),
    ],
)
def test_open_says_what_is_wrong(setup, name, error, words):
    seen = in_namespace(f"""
{setup}
try:
    host.open({name!r})
except NodeError as refusal:
    say([type(refusal).__name__, str(refusal)])
""")
    assert seen[0] == error
    assert words in seen[1]


def test_open_names_the_missing_privilege():
    seen = in_namespace(
        """
try:
    host.open("mesh2")
except PermissionDeniedError as refusal:
    say(str(refusal))
""",
        "setpriv",
        "--bounding-set=-net_admin",
        "--inh-caps=-net_admin",
    )
    assert "grant CAP_NET_ADMIN" in seen
