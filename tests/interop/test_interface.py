"""What a running node does when another changes its interface, and what is left of it when it ends, however it ends."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import toml

from everleaf.address import address_of
from everleaf.address import text as address_text
from host.namespace import NET_ADMIN_ONLY, NO_CAPABILITY, NOBODY, OPEN_DRIVER, shared_python
from interop.net import wait_until
from interop.nodes import Everleaf

PERSISTENT = ("ip", "tuntap", "add", "mesh0", "mode", "tun")


@pytest.fixture
def ours(add, everleaf) -> Everleaf:
    node = add(everleaf, 1)
    node.listen.append("tcp://127.0.0.1:7001")
    node.log_level = "info"
    return node


def state(node: Everleaf) -> dict[str, Any]:
    """The interface as `ip` shows it."""
    (link,) = json.loads(node.host.run("ip", "-j", "link", "show", "mesh0"))
    told = json.loads(node.host.run("ip", "-j", "-6", "address", "show", "dev", "mesh0"))
    routes = json.loads(node.host.run("ip", "-j", "-6", "route", "show", "dev", "mesh0"))
    return {
        "up": "UP" in link["flags"],
        "mtu": link["mtu"],
        "addresses": sorted(each["local"] for row in told if row for each in row["addr_info"]),
        "routed": "200::/7" in [route["dst"] for route in routes],
    }


def said(node: Everleaf, event: str) -> list[str]:
    return [line for line in node.log_file.read_text().splitlines() if f" {event} " in line]


def checks(node: Everleaf) -> dict[str, str]:
    """What getHealth finds, by the name of the check."""
    return {check["name"]: check["level"] for check in node.ctl("getHealth")["checks"]}


@pytest.mark.parametrize(
    ("damage", "lacked"),
    [
        ("link set mesh0 down", "up, address, route"),
        ("link set mesh0 mtu 1279", "mtu, address, route"),
        ("-6 address flush dev mesh0", "address, route"),
        ("-6 route del 200::/7 dev mesh0", "route"),
    ],
)
def test_what_another_took_from_the_interface_is_given_back(ours, damage, lacked):
    ours.start()
    before = state(ours)
    assert before == {"up": True, "mtu": 65535, "addresses": [ours.address], "routed": True}
    ours.host.run("ip", *damage.split())
    (line,) = wait_until(lambda: said(ours, "interface.restored"), "the node gave it back", 5)
    assert state(ours) == before
    assert line.endswith(f'warning interface.restored interface=mesh0 lacked="{lacked}"' if "," in lacked else lacked)
    assert checks(ours)["device"] == checks(ours)["router"] == "ok"
    assert ours.stop() == 0


def test_what_cannot_be_given_back_is_said_and_shows_in_health(ours):
    """IPv6 switched off on the interface, which no node may switch on behind the operator's back."""
    ours.start()
    ours.host.run("sysctl", "-qw", "net.ipv6.conf.mesh0.disable_ipv6=1")
    (line,) = wait_until(lambda: said(ours, "interface.lost"), "the node says that it is lost", 5)
    assert 'lacks="address, route"' in line
    assert "IPv6 is off" in line
    (problem,) = [check for check in ours.ctl("getHealth")["checks"] if "IPv6 is off" in check["sentence"]]
    assert problem["remedy"] == "run: sysctl -w net.ipv6.conf.mesh0.disable_ipv6=0"
    ours.host.run("sysctl", "-qw", "net.ipv6.conf.mesh0.disable_ipv6=0")
    wait_until(lambda: said(ours, "interface.restored"), "the node gave it back")
    assert len(said(ours, "interface.lost")) == 1
    assert state(ours)["addresses"] == [ours.address]
    assert checks(ours)["device"] == "ok"
    assert ours.stop() == 0


def test_deleted_device_is_said_once_and_shows_in_health(ours):
    ours.start()
    ours.host.run("ip", "link", "del", "mesh0")
    wait_until(lambda: said(ours, "tun.closed"), "the node says so", 5)
    wait_until(lambda: checks(ours)["device"] == "error", "health says so", 5)
    wait_until(lambda: ours.ctl("getStatus")["uptime"] > 3, "some ticks went by")
    assert len(said(ours, "tun.closed") + said(ours, "interface.lost")) == 1
    assert ours.stop() == 0


def test_renamed_device_is_said_once_and_shows_in_health(ours):
    """The name is what the node knows it by."""
    ours.start()
    ours.host.run("sh", "-c", "ip link set mesh0 down && ip link set mesh0 name other0")
    (line,) = wait_until(lambda: said(ours, "interface.lost"), "the node says so", 5)
    assert line.endswith('lacks=everything reason="there is no interface of this name any more"')
    assert checks(ours)["device"] == "error"
    wait_until(lambda: ours.ctl("getStatus")["uptime"] > 4, "some ticks went by")
    assert len(said(ours, "interface.lost")) == 1
    assert ours.stop() == 0


# --- the end ----------------------------------------------------------------------------------------------------------


def left(node: Everleaf) -> tuple[list[str], list[str]]:
    """Our addresses and routes on the persistent device, and our files."""
    files = sorted(path.name for path in node.host.directory.iterdir() if path.name in ("pid", "admin.sock"))
    return state(node)["addresses"] + ["route"] * state(node)["routed"], files


def cleanup(node: Everleaf, *options: str) -> tuple[int, str]:
    """Exit status and what was said, errors included."""
    directory = node.host.directory
    command = (*node.program, "cleanup", "--config", f"{directory}/everleaf.toml", "--pidfile", f"{directory}/pid")
    done = node.host.attempt(*options, *command)
    return done.returncode, done.stdout + done.stderr


def test_persistent_device_keeps_nothing_of_us_after_a_stop(ours):
    ours.host.run(*PERSISTENT)
    ours.start()
    assert left(ours) == ([ours.address, "route"], ["admin.sock", "pid"])
    assert ours.stop() == 0
    assert left(ours) == ([], [])


def test_device_of_our_own_is_gone_after_a_kill(ours):
    ours.start()
    ours.kill()
    assert "mesh0" not in ours.host.run("ip", "link")


@pytest.mark.parametrize("name", ["mesh0", "auto"])
def test_cleanup_removes_what_a_killed_node_left_and_only_then(ours, name):
    ours.host.run(*PERSISTENT)
    ours.start()
    code, text = cleanup(ours)
    assert (code, text.startswith("everleaf: another everleaf (pid ")) == (75, True)
    assert left(ours) == ([ours.address, "route"], ["admin.sock", "pid"])
    ours.kill()
    assert left(ours) == ([ours.address, "route"], ["admin.sock", "pid"])
    rename(ours, name)
    directory = ours.host.directory
    removed = f"removed this node's address and route: mesh0\nremoved {directory}/admin.sock\nremoved {directory}/pid\n"
    assert cleanup(ours) == (0, removed)
    assert left(ours) == ([], [])
    assert cleanup(ours) == (0, "nothing was left\n")


def rename(node: Everleaf, name: str) -> None:
    """Another interface.name in the configuration."""
    path = node.host.directory / "everleaf.toml"
    config = toml.loads(path.read_text())
    config["interface"]["name"] = name
    path.write_text(toml.dumps(config))


def test_cleanup_without_the_privilege_says_so(ours):
    ours.host.run(*PERSISTENT)
    ours.start()
    ours.kill()
    code, text = cleanup(ours, "setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", "--")
    assert code == 77
    assert text == (
        "everleaf: the kernel refused to take our address and route from mesh0: Operation not permitted; "
        "run as root or grant CAP_NET_ADMIN\n"
    )


def test_node_starts_over_what_a_killed_one_left(ours):
    ours.host.run(*PERSISTENT)
    ours.start()
    before = state(ours)
    ours.kill()
    ours.start()
    assert state(ours) == before
    assert ours.process is not None
    ours.process.send_signal(signal.SIGINT)
    assert ours.process.wait(10) == 0
    assert left(ours) == ([], [])


# --- a plain user -----------------------------------------------------------------------------------------------------


@pytest.fixture
def ordinary(ours, net):
    """Call with who it shall run as, and what root prepares: the same node as an ordinary user's."""
    with shared_python() as (mounts, python, path):

        def run_as(who: tuple[str, ...], before: str) -> Everleaf:
            net.directory.chmod(0o755)
            (*_, config, _, pidfile) = ours.command()
            for file in (ours.host.directory, *ours.host.directory.iterdir()):
                os.chown(file, NOBODY, NOBODY)
            program = ("env", f"PYTHONPATH={path}", python, "-m", "everleaf")
            run = (*program, "run", "--config", config, "--pidfile", pidfile)
            command = ("unshare", "--mount", "sh", "-ec", f'{mounts} && {before} && exec "$@"', "sh", *who, *run)
            ours.command = lambda: command
            return ours

        yield run_as


def test_node_runs_as_a_user_with_one_capability(ordinary):
    node = ordinary(NET_ADMIN_ONLY, OPEN_DRIVER)
    node.start()
    assert node.process is not None
    assert Path(f"/proc/{node.process.pid}").stat().st_uid == NOBODY
    before = state(node)
    node.host.run("ip", "link", "set", "mesh0", "down")
    wait_until(lambda: said(node, "interface.restored"), "the node gave it back", 5)
    assert state(node) == before
    assert node.stop() == 0
    assert "mesh0" not in node.host.run("ip", "link")


def test_node_runs_without_any_privilege_on_a_device_made_for_it(ordinary, keys):
    address = address_text(address_of(bytes.fromhex(keys[1].key)))
    prepared = (
        f"{OPEN_DRIVER} && ip tuntap add mesh0 mode tun user {NOBODY}"
        " && ip link set mesh0 addrgenmode none && ip link set mesh0 mtu 65535 up"
        f" && ip -6 address add {address}/7 dev mesh0"
    )
    node = ordinary(NO_CAPABILITY, prepared)
    node.start()
    assert state(node) == {"up": True, "mtu": 65535, "addresses": [address], "routed": True}
    assert checks(node)["device"] == checks(node)["router"] == checks(node)["mtu"] == "ok"
    assert node.stop() == 0
    assert state(node)["addresses"] == [address]
    assert not said(node, "interface.incomplete") + said(node, "interface.lost")
    assert len(said(node, "interface.kept")) == 1
