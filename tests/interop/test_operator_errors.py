"""What an operator reads when something is missing, taken or mistyped; and how a node ends, whenever it is told."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import toml

from everleaf.wire.frame import SigReq, join
from interop.hostile import Inside, Stranger
from interop.net import Host, wait_until
from interop.nodes import Everleaf, Yggdrasil, peer, start

PATIENCE = 20.0  # seconds
Changes = dict[str, Any]  # "table.key" to value


@pytest.fixture
def ours(add, everleaf) -> Everleaf:
    """A node that would start if nobody got in its way; with a socket file to leave behind."""
    node = add(everleaf, 1)
    node.listen += ["tcp://127.0.0.1:7001", f"unix://{node.host.directory}/link.sock"]
    node.log_level = "info"
    return node


def change(node: Everleaf, changes: Changes) -> list[str]:
    """Write the configuration with other values; the command."""
    command = list(node.command())
    path = node.host.directory / "everleaf.toml"
    config = toml.loads(path.read_text())
    for name, value in changes.items():
        table, _, key = name.partition(".")
        if key:
            config.setdefault(table, {})[key] = value
        else:
            config[table] = value
    path.write_text(toml.dumps(config))
    return command


def refused(node: Everleaf, *wrapper: str, changes: Changes | None = None) -> tuple[int, str]:
    """Exit status and the one line of a start that must fail, and leave nothing behind."""
    done = node.host.attempt(*wrapper, *change(node, changes or {}), timeout=PATIENCE)
    (line,) = done.stderr.splitlines()
    assert done.stdout == ""
    assert line.startswith("everleaf: ")
    assert traces(node) == []
    return done.returncode, line.removeprefix("everleaf: ")


def traces(node: Everleaf) -> list[str]:
    """What a node has left on its host, except the lock beside its key, which is meant to stay."""
    left = [path.name for path in node.host.directory.iterdir() if path.name in ("pid", "admin.sock", "link.sock")]
    links = node.host.run("ip", "-o", "link").splitlines()
    return left + [line for line in links if "mesh" in line or "tun" in line]


def shell(script: str) -> tuple[str, ...]:
    """Something to do on the host before the program starts."""
    return ("sh", "-c", f'{script} && exec "$@"', "sh")


# --- the host --------------------------------------------------------------------------------------------------------


def test_missing_tun_device(ours):
    code, line = refused(ours, "unshare", "--mount", *shell("mount -t tmpfs none /dev/net"))
    assert (code, line) == (71, "/dev/net/tun is missing; run: modprobe tun")


def test_missing_privilege(ours):
    code, line = refused(ours, "setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", "--")
    assert (code, line) == (77, "may not create the TUN device 'mesh0'; run as root or grant CAP_NET_ADMIN")


def test_interface_name_that_is_taken(ours):
    code, line = refused(ours, *shell("ip link add br0 type bridge"), changes={"interface.name": "br0"})
    assert (code, line) == (71, "'br0' exists and is not a TUN device; set interface.name to another name")


def test_interface_in_use(ours, add, everleaf):
    """By this host's own node; another host has one of the same name, which is nobody's business here."""
    elsewhere, other = add(everleaf, 3), add(everleaf, 2)
    elsewhere.start()
    other.start()
    command = change(ours, {"interface.name": "mesh0"})
    done = other.host.attempt(*command)
    assert done.returncode == 75
    pid = (other.host.directory / "pid").read_text().strip()
    program = Path(f"/proc/{pid}/comm").read_text().strip()
    assert done.stderr == (
        f"everleaf: the TUN device 'mesh0' is in use by {program} (pid {pid}); stop its user or set interface.name\n"
    )
    assert other.stop() == 0


def test_ipv6_switched_off(ours):
    code, line = refused(ours, *shell("sysctl -qw net.ipv6.conf.all.disable_ipv6=1"))
    assert code == 71
    assert line.startswith("IPv6 is off")
    assert line.endswith("; run: sysctl -w net.ipv6.conf.all.disable_ipv6=0")


def test_busy_tcp_port(ours):
    inside = Inside(ours.host)
    with inside.listen(7001):
        code, line = refused(ours)
    inside.close()
    assert code == 75
    assert line.startswith("cannot listen on tcp://127.0.0.1:7001: Address already in use; stop the program that uses")


def test_address_of_somebody_else(ours):
    code, line = refused(ours, changes={"peering.listen": ["tcp://192.0.2.1:7001"]})
    assert code == 71
    assert line.startswith("cannot listen on tcp://192.0.2.1:7001: ")


def test_busy_admin_socket(ours):
    taken = ours.host.directory / "taken.sock"
    with socket.socket(socket.AF_UNIX) as owner:
        owner.bind(str(taken))
        owner.listen()
        code, line = refused(ours, changes={"admin.listen": f"unix://{taken}"})
        assert taken.exists()
    assert code == 75
    assert line.endswith("Address already in use; stop the program that uses it, or change admin.listen")


def test_admin_socket_without_a_place(ours):
    code, line = refused(ours, changes={"admin.listen": "unix:///nowhere/admin.sock"})
    assert code == 73
    assert line.endswith("; make its directory: mkdir -p /nowhere")


def test_pid_file_without_a_place(ours):
    command = change(ours, {})
    done = ours.host.attempt(*command[:-1], "/nowhere/pid")
    assert done.returncode == 73
    assert done.stderr.splitlines() == [
        "everleaf: cannot write the pid file /nowhere/pid: No such file or directory; "
        "check that its directory exists and is writable"
    ]
    assert traces(ours) == []


# --- the identity ----------------------------------------------------------------------------------------------------


def test_second_node_with_the_same_identity(ours, net):
    ours.start()
    before = sorted(path.name for path in ours.host.directory.iterdir())
    elsewhere = net.host("elsewhere")
    done = elsewhere.attempt(*change(ours, {}), timeout=PATIENCE)
    assert done.returncode == 75
    pid = (ours.host.directory / "pid").read_text().strip()
    assert done.stderr.startswith(f"everleaf: another everleaf (pid {pid}) runs with the identity {ours.key_file}; ")
    assert sorted(path.name for path in ours.host.directory.iterdir()) == before
    assert ours.answers()
    assert ours.stop() == 0
    assert traces(ours) == []


def test_missing_key(ours):
    ours.key_file.unlink()
    code, line = refused(ours)
    assert (code, line) == (
        78,
        f"{ours.key_file}: does not exist; make a key: everleaf keygen --out {ours.key_file}",
    )
    assert not Path(f"{ours.key_file}.lock").exists()


def test_key_that_others_can_read(ours):
    ours.key_file.chmod(0o644)
    code, line = refused(ours)
    assert (code, line) == (77, f"{ours.key_file} can be read by others (mode 0644); run: chmod 600 {ours.key_file}")


def test_key_that_is_none(ours):
    ours.key_file.write_text("secret\n")
    code, line = refused(ours)
    assert code == 78
    assert line.startswith(f"{ours.key_file}: holds no PEM block")
    assert "secret" not in line


# --- the configuration -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "where", "remedy"),
    [
        ({"peering.pears": []}, "peering.pears: is not a key", "did you mean peers?"),
        ({"peering.peers": ["tcp://nowhere"]}, 'peering.peers[0]: "tcp://nowhere": ', "write HOST:PORT"),
        ({"peering.peers": ["quic://192.0.2.1:1"]}, "peering.peers[0]: ", "use tls, tcp or unix"),
        ({"interface.mtu": 900}, "interface.mtu: ", "not 900; auto takes as much as the system carries"),
        ({"interface.mtu": 65536}, "interface.mtu: ", "not 65536; auto takes as much as the system carries"),
        ({"interface.kind": "tap"}, "interface.mtu: 65535 is more than this system's ceiling of 65521", '"auto"'),
        ({"log.level": "loud"}, "log.level: ", 'not "loud"'),
        ({"nodeinfo.story": "x" * 20000}, "nodeinfo: 20", "shorten it"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_configuration_that_cannot_be_used(ours, changes, where, remedy):
    code, line = refused(ours, changes=changes)
    file = ours.host.directory / "everleaf.toml"
    assert code == 78
    assert line.startswith(f"{file}: {where}")
    assert remedy in line
    checked = ours.host.attempt(*ours.program, "check", "--config", str(file))
    assert (checked.returncode, checked.stderr) == (78, f"everleaf: {line}\n")


def test_configuration_that_is_missing(ours):
    command = change(ours, {})
    (ours.host.directory / "everleaf.toml").unlink()
    done = ours.host.attempt(*command)
    assert done.returncode == 78
    assert done.stderr.endswith(f"; make one: everleaf init --out {ours.host.directory}/everleaf.toml\n")


def test_discovery_is_accepted_but_said_to_be_missing(ours):
    with_discovery = change(ours, {"multicast": [{"interfaces": "eth.*"}]})
    ours.command = lambda: with_discovery
    ours.start()
    assert ours.stop() == 0
    said = [line for line in ours.log_file.read_text().splitlines() if "multicast" in line]
    assert len(said) == 1
    assert "warning config.caution" in said[0]


# --- ends ------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["TERM", "INT"])
def stop(request) -> signal.Signals:
    return signal.Signals[f"SIG{request.param}"]


def ends(node: Everleaf, sent: signal.Signals, times: int = 1) -> float:
    """Send the signal; the seconds until a clean end without traces."""
    assert node.process is not None
    began = time.monotonic()
    for _ in range(times):
        node.process.send_signal(sent)
    assert node.process.wait(PATIENCE) == 0, node.log_file.read_text()
    assert traces(node) == []
    assert "Traceback" not in node.log_file.read_text()
    return time.monotonic() - began


def deaf(host: Host, port: int) -> socket.socket:
    """A listener on the host that accepts nothing: what dials it waits for ever, or for a greeting."""
    inside = Inside(host)
    listening = inside.listen(port)
    inside.close()
    return listening


def test_end_in_the_middle_of_the_start(ours, stop):
    ours.launch()
    pid_file = ours.host.directory / "pid"
    wait_until(pid_file.exists, "the pid file is there", pause=0.0005)
    assert ends(ours, stop) < 5.0


def test_end_while_it_dials(ours, stop):
    """Neighbours that do not exist, and a name that no server resolves."""
    ours.host.run("ip", "link", "add", "nothing", "type", "veth", "peer", "nobody")
    ours.host.run("ip", "address", "add", "10.99.0.1/24", "dev", "nothing")
    for end in ("nothing", "nobody"):
        ours.host.run("ip", "link", "set", end, "up")
    resolver = ours.host.directory / "resolv.conf"
    resolver.write_text("nameserver 10.99.0.4\noptions timeout:30\n")
    ours.peers += ["tcp://10.99.0.2:1", "tls://10.99.0.3:1", "tcp://nobody.example:1"]
    command = ("unshare", "--mount", *shell(f"mount --bind {resolver} /etc/resolv.conf"), *ours.command())
    ours.command = lambda: command
    ours.start()
    assert ends(ours, stop, times=2) < 3.0


def test_end_while_links_connect(ours, stop):
    """Both sides of TLS, and a greeting that does not come."""
    with deaf(ours.host, 7100):
        ours.listen.append("tls://127.0.0.1:7002")
        ours.peers += ["tcp://127.0.0.1:7100", "tls://127.0.0.1:7100"]
        ours.start()
        inside = Inside(ours.host)
        for port in (7001, 7002):
            inside.connect(port)
        assert ends(ours, stop) < 3.0
        inside.close()


def test_end_under_a_flood(ours, stop):
    """More questions than the node can ever answer."""
    ours.start()
    inside, stranger = Inside(ours.host), Stranger.named("flood")
    line = inside.peer(7001, stranger, bytes.fromhex(ours.key))
    with ThreadPoolExecutor(1) as threads:
        pouring = threads.submit(line.pour, join(SigReq(5, 6).frame()) * 10000, 10.0)
        time.sleep(0.5)
        assert ends(ours, stop) < 3.0
        assert pouring.result() > 0
    assert line.closed_at is not None
    inside.close()


@pytest.fixture
def busy(net, add, ours) -> tuple[Everleaf, Yggdrasil, Callable[[], bool]]:
    """A node, a real peer that sends it as much as it can, and whether it still does."""
    real = add(Yggdrasil, 0)
    peer(net, real, ours)
    start(ours)
    start(real)
    real.reaches(ours)
    sink = ours.host.spawn("iperf3", "--server", "--bind", ours.address, "--one-off", stdout=subprocess.DEVNULL)
    wait_until(lambda: ":5201" in ours.host.run("ss", "-tln"), "the sink listens")
    client = ("iperf3", "--client", ours.address, "--time", "20")
    source = real.host.spawn(*client, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: received(ours) > 1_000_000, "traffic flows")
    return ours, real, lambda: sink.poll() is None and source.poll() is None


def received(node: Everleaf) -> int:
    return sum(int(link.get("bytes_recvd", 0)) for link in node.links())


def test_end_under_traffic(busy, stop):
    ours, real, _ = busy
    assert ends(ours, stop) < 3.0
    wait_until(lambda: not real.links(), "the peer notices")


def test_reload_under_traffic_drops_nothing(busy):
    ours, _, flows = busy
    assert ours.process is not None
    (session,) = ours.ctl("getSessions")["sessions"]
    (link,) = ours.links()
    for times, level in enumerate(("debug", "info", "debug"), 1):
        change(ours, {"log.level": level})
        ours.process.send_signal(signal.SIGHUP)
        wait_until(lambda times=times: reloads(ours) == times, "the file was read again")
    before = received(ours)
    wait_until(lambda: received(ours) > before + 1_000_000, "traffic goes on")
    (same_session,) = ours.ctl("getSessions")["sessions"]
    (same_link,) = ours.links()
    assert same_session["uptime"] >= session["uptime"]
    assert (same_link["remote"], same_link["uptime"] >= link["uptime"]) == (link["remote"], True)
    assert flows()
    assert ends(ours, signal.SIGTERM) < 3.0


def reloads(node: Everleaf) -> int:
    return node.log_file.read_text().count("config.reloaded")


def test_reload_of_a_broken_file_changes_nothing_and_says_why(ours):
    ours.start()
    assert ours.process is not None
    before = (ours.ctl("getStatus")["listeners"], ours.ctl("getSelf"))
    file = ours.host.directory / "everleaf.toml"
    for text, why in [
        ("[peering]\nlisten = []\npears = 1\n", "peering.pears: is not a key"),
        ("[peering\n", "is not TOML"),
        (None, "cannot be read"),
    ]:
        file.write_text(text) if text else file.unlink()
        ours.process.send_signal(signal.SIGHUP)
        wait_until(lambda why=why: why in ours.log_file.read_text(), "the reason is in the log", 5)
    assert (ours.ctl("getStatus")["listeners"], ours.ctl("getSelf")) == before
    assert ours.log_file.read_text().count("error config.refused") == 3
    assert "config.reloaded" not in ours.log_file.read_text()
    assert ends(ours, signal.SIGTERM) < 3.0


# --- few descriptors -------------------------------------------------------------------------------------------------


def test_crowd_takes_no_descriptor_that_the_operator_needs(ours):
    """Every connection greets, so none is dropped for its silence alone; there is only no room."""
    command = ("prlimit", "--nofile=160:160", *ours.command())
    ours.command = lambda: command
    ours.start()
    inside = Inside(ours.host)
    for number in range(200):
        inside.line(7001, f"127.1.0.{number + 1}", Stranger.named(number).greeting())
    wait_until(
        lambda: ours.ctl("getCounters")["links"]["links_limited"] >= 50, "those without room were turned away", 5
    )
    assert len(list(Path(f"/proc/{ours.process.pid}/fd").iterdir())) < 120
    inside.close()
    assert "node.erred" not in ours.log_file.read_text()
    assert ends(ours, signal.SIGTERM) < 3.0
