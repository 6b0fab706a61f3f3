"""What is rendered for a host is put on one and used there, by the command lines that deploys use."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from everleaf.platform import Platform, manager, platform
from everleaf.platform.service import Service, service
from interop.net import wait_until
from services.inits import INITS
from services.machine import Machine

NODE = Path(__file__).with_name("node.c")
GOOD, BAD = "[identity]\n", "[identiy]\n"
OWN_MANAGER = ("freebsd", "dragonfly", "netbsd", "openbsd", "openwrt", "macos")
PAIRS = [(home, platform(home).manager) for home in OWN_MANAGER]
PAIRS += [(home, by) for home in ("linux", "debian") for by in ("pidfile", "sysvinit", "runit", "openrc")]
PAIRS += [("void", "runit")]
CAPABILITIES = 1 << 12 | 1 << 10  # CAP_NET_ADMIN and CAP_NET_BIND_SERVICE of linux/capability.h

pytestmark = pytest.mark.slow


def needs_root(home: str) -> bool:
    return platform(home).user == "everleaf"  # whom only root's machine can have


@pytest.fixture(scope="session")
def program(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("node") / "everleaf"
    subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-O1", "-o", made, NODE], check=True)
    return made


class Host:
    """A machine with a program, a configuration and a service that is not started."""

    def __init__(self, machine: Machine, home: Platform, made: Service, program: Path) -> None:
        self.machine = machine
        self.home = home
        self.made = made
        for step in (made.account, made.tun):
            machine.run(f"{step.check} || {{ {step.make}; }}")
            machine.run(step.check)
        for directory in made.directories:
            machine.run(f"mkdir -p {directory.path} && chmod {directory.mode} {directory.path}")
            machine.run(f"chown {directory.owner}:{directory.group} {directory.path}")
        machine.copy(program, home.binary)
        machine.write("/journal", "", "0666")
        for file in made.files:
            machine.write(file.path, file.content, file.mode)
        self.configure(GOOD)
        self.tell("refresh")

    def configure(self, text: str) -> None:
        self.machine.write(self.home.config, text, "0640")
        self.machine.run(f"chown root:{self.home.group} {self.home.config}")

    def ask(self, verb: str) -> bool:
        return self.machine.attempt(self.made.commands[verb]).returncode == 0

    def tell(self, verb: str) -> None:
        self.machine.run(self.made.commands[verb])

    def start(self) -> int:
        """Start it as a deploy does; the pid of the node."""
        self.tell("enable")
        self.tell("start")
        until(lambda: self.pid, "it runs")
        return self.pid

    @property
    def pid(self) -> int:
        """The node's, as the machine sees it; 0 when no node runs."""
        done = self.machine.attempt(f'pid=$(cat {self.home.pidfile}) && kill -0 "$pid" && echo "$pid"')
        return int(done.stdout) if done.returncode == 0 else 0

    def journal(self, event: str) -> list[int]:
        """The numbers that the node told with an event."""
        lines = self.machine.attempt("cat /journal").stdout.splitlines()
        return [int(number) for name, number in map(str.split, lines) if name == event]

    def kill(self) -> int:
        """Kill the node and its loader like the kernel out of memory; the pid it had."""
        pid = self.pid
        self.machine.run(f"kill -9 $(ps -o ppid= -p {pid}) {pid}")
        return pid

    def facts(self, name: str) -> str:
        return self.machine.run(f"cat /proc/{self.pid}/{name}").replace("\0", "\n")

    def unpacked(self) -> list[str]:
        """Directories where single files have unpacked themselves."""
        return self.machine.attempt(f"ls -d {self.home.cache}/_MEI*").stdout.split()


@pytest.fixture
def host(request, tmp_path, program) -> Iterator[Host]:
    home, by = request.param
    with Machine.running(tmp_path) as machine:
        INITS[by].install(machine, home)
        yield Host(machine, platform(home), service(platform(home), manager(by)), program)


def hosts(pairs: list[tuple[str, str]]) -> pytest.MarkDecorator:
    params = [
        pytest.param(pair, id="-".join(pair), marks=[pytest.mark.root] if needs_root(pair[0]) else []) for pair in pairs
    ]
    return pytest.mark.parametrize("host", params, indirect=True)


def until(done: Callable[[], object], what: str) -> None:
    wait_until(done, what, 20)


@hosts(PAIRS)
def test_a_service_lives_from_start_to_stop(host):
    assert not host.ask("running")
    first = host.start()
    until(lambda: host.ask("running"), "it is known to run")
    assert host.journal("run") == [int(host.machine.run(f"id -u {host.home.user}"))]
    assert f"TMPDIR={host.home.cache}" in host.facts("environ").splitlines()
    unpacked = host.unpacked()
    host.tell("reload")
    assert host.unpacked() == unpacked != []
    if host.made.manager != "procd":  # which looks whether it has changed
        until(lambda: host.journal("reloaded"), "it has read its configuration")
    host.tell("restart")
    until(lambda: host.pid not in (0, first), "another one runs")
    host.tell("stop")
    until(lambda: not host.pid, "it has ended")
    assert not host.ask("running")
    assert len(host.journal("stopped")) == 2  # each in its own time, not killed
    assert not host.unpacked()


@hosts(PAIRS)
def test_a_bad_configuration_starts_nothing_and_ends_nothing(host):
    host.configure(BAD)
    host.tell("enable")
    assert not host.ask("start")
    assert not host.journal("run")
    assert not host.ask("running")
    host.configure(GOOD)
    first = host.start()
    host.configure(BAD)
    assert not host.ask("restart")
    assert not host.ask("reload")
    assert host.pid == first
    assert host.journal("refused") == host.journal("stopped") == []


@hosts(PAIRS)
def test_a_killed_node_leaves_nothing_to_the_next(host):
    host.start()
    left = host.unpacked()
    killed = host.kill()
    if INITS[host.made.manager].respawns:
        until(lambda: host.pid not in (0, killed), "it has come back by itself")
    else:
        assert not host.ask("running")
        host.start()
    assert not set(left) & set(host.unpacked())
    until(lambda: host.ask("running"), "it is known to run")


@hosts([pair for pair in PAIRS if pair[1] != "pidfile"])
def test_a_service_is_enabled_and_disabled(host):
    if host.made.manager == "launchd":  # to which a job is enabled unless it hears otherwise
        host.tell("disable")
    assert not host.ask("enabled")
    host.tell("enable")
    assert host.ask("enabled")
    host.tell("enable")  # twice is harmless
    assert host.ask("enabled")
    host.tell("disable")
    assert not host.ask("enabled")


@hosts([pair for pair in PAIRS if pair[0] == "debian"])
def test_a_node_has_two_capabilities_and_gets_no_others(host):
    host.start()
    status = dict(line.split(":\t", 1) for line in host.facts("status").splitlines())
    for kind in ("CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == CAPABILITIES, kind
    assert status["NoNewPrivs"] == "1"


@hosts([pair for pair in PAIRS if pair[1] in ("sysvinit", "pidfile")])
def test_a_node_that_is_refused_is_not_tried_again(host):
    host.start()
    host.configure(BAD)
    host.kill()
    keeper = f"{host.home.runtime}/keeper.pid"
    until(lambda: not host.machine.exists(keeper), "the keeper has given up")
    assert not host.ask("running")


@hosts([pair for pair in PAIRS if pair[1] in ("sysvinit", "pidfile")])
def test_a_node_outlives_its_keeper_and_is_stopped_all_the_same(host):
    host.start()
    host.machine.run(f"kill -9 $(cat {host.home.runtime}/keeper.pid)")
    assert host.ask("running")
    host.tell("stop")
    assert not host.ask("running")
    assert host.journal("stopped")


@pytest.mark.root
@pytest.mark.parametrize("name", ["debian", "alpine"])
def test_an_account_is_made_and_unmade(name, tmp_path):
    home = platform(name)
    step = service(home, manager(home.manager)).account
    with Machine.running(tmp_path) as machine:
        INITS["pidfile"].install(machine, name)
        assert machine.attempt(step.check).returncode
        machine.run(step.make)
        machine.run(step.check)
        user, group = machine.run(f"id -un {home.user}; id -gn {home.user}").split()
        assert (user, group) == (home.user, home.group)
        assert int(machine.run(f"id -u {home.user}")) < 1000  # of the system
        machine.run(step.unmake)
        assert machine.attempt(step.check).returncode
        machine.run(step.make)  # also a group that is left
