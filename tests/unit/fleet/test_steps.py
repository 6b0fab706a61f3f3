"""The lines of the steps, run by a shell on a host that is a directory."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
from dataclasses import replace

import pytest

from everleaf.platform import WINDOWS, managers, platform, platforms
from everleaf.platform.service import Service
from everleaf_fleet import steps
from everleaf_fleet.member import Member
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import Lock, Locked
from everleaf_fleet.model.reader import loads

FLEET = """
[fleet]
name = "lab"
version = "{version}"
[hosts.alpha]
address = "192.0.2.1"
platform = "{platform}"
manager = "{manager}"
[upgrade]
keep = {keep}
"""
VERBS = {verb: f"$HOME/manager {verb}" for verb in ("refresh", "start", "stop", "restart", "running")}
VERBS |= dict.fromkeys(("enable", "disable", "enabled", "reload"), "true")
NODE = """#!/bin/sh
case $1 in
keygen) echo secret >"$3" && echo public ;;
identity) echo '{"public_key": "public"}' ;;
check) grep -q good "$3" ;;
ctl) echo reload >>"$HOME/said" && cat "$HOME/answer" ;;
esac
"""
MANAGER = """#!/bin/sh
case $1 in
running) test -e "$HOME/run/admin.sock" ;;
start | restart) echo "$1" >>"$HOME/said" && : >"$HOME/run/admin.sock" ;;
*) echo "$1" >>"$HOME/said" ;;
esac
"""


def member(version="1.0", platform="debian", manager="systemd", keep=2, lock=Lock()):  # noqa: B008 - it is frozen
    text = FLEET.format(version=version, platform=platform, manager=manager, keep=keep)
    return Member(loads(text.encode()), Book(None, lock), "alpha")


class Host:
    """A directory in which everything of a node has its place."""

    def __init__(self, directory, monkeypatch):
        self.directory = directory
        user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        names = ("binary", "versions", "state", "cache", "runtime", "pidfile", "log_file", "hosts_file")
        self.home = replace(
            platform("debian"),
            user=user,
            group=group,
            root_group=group,
            config=f"{directory}/etc/everleaf/node.toml",
            admin=f"unix://{directory}/run/admin.sock",
            **{name: f"{directory}/{name}" for name in names},
        )
        made = Service(
            "fake", *[getattr(member().service, name) for name in ("account", "directories", "tun")], (), VERBS, ()
        )
        for module in ("member", "blueprint"):
            monkeypatch.setattr(f"everleaf_fleet.{module}.platform", lambda _: self.home)
        monkeypatch.setattr("everleaf_fleet.member.service", lambda *_: made)
        for place in ("versions", "state", "run", "etc/everleaf"):
            (directory / place).mkdir(parents=True)
        self.program("manager", MANAGER)

    def program(self, name, text=NODE):
        (self.directory / name).write_text(text)
        (self.directory / name).chmod(0o755)

    def attempt(self, line):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory)}
        return subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=environment, check=False)

    def run(self, line):
        done = self.attempt(line)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def so(self, step):
        return self.attempt(step.check).returncode == 0

    def make(self, step):
        """It is not so, then it is, and it was not only said."""
        assert not self.so(step)
        self.run(step.make)
        assert self.so(step)

    def installed(self, version="1.0"):
        self.program(f"versions/everleaf-{version}")
        self.run(steps.steps(member(version))["program"].make)

    def running(self):
        self.installed()
        self.file("etc/everleaf/node.toml", "good")
        self.make(self.service)
        self.said()
        for path in self.directory.rglob("*"):
            self.aged(path, 20)
        self.aged(self.directory / "run" / "admin.sock", -10)
        return self

    @staticmethod
    def aged(path, seconds):
        """As if it had been written so long ago."""
        written = path.lstat().st_mtime - seconds
        os.utime(path, (written, written), follow_symlinks=False)

    def uses(self, version):
        return (self.directory / "binary").readlink() == self.directory / "versions" / f"everleaf-{version}"

    @property
    def service(self):
        return steps.steps(member())["service"]

    def file(self, name, text=""):
        (self.directory / name).write_text(text)

    def said(self):
        """What the manager and the node were told since the last look."""
        said = self.directory / "said"
        words = said.read_text().split() if said.exists() else []
        said.unlink(missing_ok=True)
        return words


@pytest.fixture
def host(tmp_path, monkeypatch):
    return Host(tmp_path, monkeypatch)


PLACES = [
    (name, manager.name)
    for name, home in platforms().items()
    for manager in managers().values()
    if manager.starts_on(home) and home.system != WINDOWS
]


@pytest.mark.parametrize(("platform", "manager"), PLACES)
def test_every_line_is_one_that_a_shell_understands(platform, manager):
    of = member(platform=platform, manager=manager, lock=Lock({"alpha": Locked("a1" * 32)}))
    lines = [line for step in steps.steps(of).values() for line in (step.check, step.make, step.unmake)]
    lines += [steps.identity(of.home, "1.0"), steps.accept(of.home, "1.0", "x"), steps.gate(of)]
    lines += [steps.confirm(of.home), steps.told(of.home, "back")]
    for line in lines:
        done = subprocess.run(["sh", "-n", "-c", line], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), line
        assert "{{" not in line


# --- the program ------------------------------------------------------------------------------------------------------


def test_program_is_used_and_the_one_before_is_remembered(host):
    host.program("versions/everleaf-1.0")
    host.make(steps.steps(member("1.0"))["program"])
    host.program("versions/everleaf-2.0")
    host.make(steps.steps(member("2.0"))["program"])
    assert host.uses("2.0")
    assert (host.directory / "versions" / "previous").readlink() == host.directory / "versions" / "everleaf-1.0"


def test_program_that_fails_its_selftest_is_not_accepted(host):
    host.program("new", "#!/bin/sh\nexit 1\n")
    assert host.attempt(steps.accept(host.home, "1.0", f"{host.directory}/new")).returncode != 0


def test_program_that_runs_stays_at_hand_when_another_takes_its_name(host):
    host.installed()
    host.program("new", "#!/bin/sh\n")
    host.run(steps.accept(host.home, "2.0", f"{host.directory}/new"))
    assert host.uses("1.0")
    host.run(steps.accept(host.home, "1.0", f"{host.directory}/new"))
    assert host.uses("1.0.before")
    assert (host.directory / "binary").read_text() == NODE


@pytest.mark.parametrize(("keep", "left"), [(2, {"4", "5"}), (3, {"3", "4", "5"}), (1, {"4", "5"}), (9, set("12345"))])
def test_old_programs_go_but_neither_the_used_one_nor_the_one_before(host, keep, left):
    for version in "12345":
        host.installed(version)
        host.aged(host.directory / "versions" / f"everleaf-{version}", 10 - int(version))
    step = steps.steps(member("5", keep=keep))["old_programs"]
    if host.so(step):
        assert left == set("12345")
    else:
        host.make(step)
    assert {path.name.removeprefix("everleaf-") for path in (host.directory / "versions").glob("everleaf-*")} == left


# --- the key ----------------------------------------------------------------------------------------------------------


def test_key_is_made_once_and_for_its_owner_alone(host):
    host.installed()
    step = steps.steps(member())["identity"]
    host.make(step)
    key = host.directory / "state" / "identity.key"
    assert (key.read_text(), key.stat().st_mode & 0o777) == ("secret\n", 0o600)
    key.write_text("mine\n")
    key.chmod(0o644)
    host.make(step)
    assert (key.read_text(), key.stat().st_mode & 0o777) == ("mine\n", 0o600)


def test_key_that_the_lock_knows_is_not_made_again(host):
    host.installed()
    done = host.attempt(steps.steps(member(lock=Lock({"alpha": Locked("a1" * 32)})))["identity"].make)
    assert done.returncode != 0
    assert "identity.key is gone, but the lock knows the key a1a1a1a1a1a1a1a1; put it back" in done.stderr
    assert not (host.directory / "state" / "identity.key").exists()


def test_identity_is_told_by_whoever_can(host):
    line = steps.identity(host.home, "2.0")
    assert host.run(line) == '{"public_key": ""}\n'
    host.file("state/identity.key")
    assert host.run(line) == ""
    host.installed()
    assert host.run(line) == '{"public_key": "public"}\n'
    host.program("versions/everleaf-2.0", "#!/bin/sh\necho newer\n")
    assert host.run(line) == "newer\n"


# --- the way back -----------------------------------------------------------------------------------------------------


def test_way_back_is_kept_before_a_change_and_gone_when_it_is_confirmed(host):
    host.running()
    step = steps.steps(member())["way_back"]
    host.program("versions/everleaf-1.0")
    assert not host.so(step)  # the configuration is another
    host.run(step.make)
    assert (host.directory / "versions" / "unconfirmed" / "deadman.sh").stat().st_mode & 0o077 == 0
    host.file("etc/everleaf/node.toml", member().blueprint().config.content)
    assert not host.so(step)  # the timer runs: whoever deploys now starts it anew
    host.run(steps.confirm(host.home))
    assert host.so(step)
    assert not (host.directory / "versions" / "unconfirmed").exists()


@pytest.mark.parametrize(("version", "stays"), [("1.0", True), ("2.0", False)])
def test_program_stays_when_it_is_the_one_that_is_used(host, version, stays):
    host.running()
    assert (host.attempt(steps.program_stays(member(version))).returncode == 0) is stays


def test_host_takes_back_what_it_ran_before(host):
    host.running()
    host.program("versions/everleaf-2.0")
    of = steps.steps(member("2.0"))
    host.run(of["way_back"].make)
    host.make(of["program"])
    host.file("etc/everleaf/node.toml", "new")
    host.run(steps.told(host.home, "back"))
    assert host.uses("1.0")
    assert (host.directory / "etc/everleaf/node.toml").read_text() == "good"
    assert host.said() == ["refresh", "restart"]
    assert not (host.directory / "versions" / "unconfirmed").exists()


def test_change_that_was_taken_back_cannot_be_confirmed(host):
    host.running()
    assert "the change was not confirmed in time" in host.attempt(steps.confirm(host.home)).stderr
    host.run(steps.told(host.home, "confirm"))  # where there was none


# --- the service ------------------------------------------------------------------------------------------------------


def test_service_is_started_once(host):
    host.installed()
    host.make(host.service)
    assert host.said() == ["refresh", "start"]


def test_node_that_ended_is_started_again(host):
    host.running()
    (host.directory / "run" / "admin.sock").unlink()
    host.make(host.service)
    assert host.said() == ["refresh", "start"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('{\n  "needs_restart": []\n}', ["reload"]),
        ('{\n  "needs_restart": [\n    "interface"\n  ]\n}', ["reload", "refresh", "restart"]),
        ("", ["reload", "refresh", "restart"]),
    ],
)
def test_new_configuration_is_read_by_a_reload_unless_the_node_wants_a_restart(host, answer, said):
    host.running().file("etc/everleaf/node.toml", "good")
    host.file("answer", answer)
    host.make(host.service)
    assert host.said() == said


def test_another_program_takes_a_restart_even_with_a_new_configuration(host):
    host.running().file("etc/everleaf/node.toml", "good")
    host.file("versions/everleaf-1.0", NODE)
    host.make(host.service)
    assert host.said() == ["refresh", "restart"]


# --- the end ----------------------------------------------------------------------------------------------------------


def test_nothing_stays_but_the_key_and_when_it_is_purged_nothing(host):
    host.running().file("state/identity.key", "secret")
    host.file("state/identity.key.lock")
    of = steps.steps(member())
    host.make(of["files"])
    left = {str(path.relative_to(host.directory)) for path in host.directory.rglob("*")}
    assert left == {"etc", "run", "run/admin.sock", "said", "manager", "state", "state/identity.key"}
    host.make(of["state"])
    assert not (host.directory / "state").exists()
