"""The script that takes a host back, run by every shell that may come to run it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from everleaf.platform import WINDOWS, manager, managers, platform, platforms
from everleaf.platform.service import service
from everleaf_fleet import deadman
from everleaf_fleet.model.fleet import Gate

SHELLS = [["dash"], ["bash", "--posix"], ["busybox", "sh"], ["mksh"]]
SUBSHELL = "SC2234,SC2235"  # around each line of the table: it may end in `exit`
FAST = "#!/bin/sh\nexit 0\n"


class Host:
    """A directory that looks like one, and a service that is a file."""

    def __init__(self, root, shell):
        self.root, self.shell = root, shell
        self.home = replace(
            platform("linux"),
            binary=f"{root}/bin/everleaf",
            versions=f"{root}/lib",
            config=f"{root}/etc/node.toml",
            state=f"{root}/state",
        )
        plain = service(self.home, manager("pidfile"))
        commands = {
            "enabled": f"test -e {root}/enabled",
            "enable": f"touch {root}/enabled",
            "disable": f"rm {root}/enabled",
            "running": f"test -e {root}/running",
            "restart": f"echo restart >>{root}/log; touch {root}/running",
            "stop": f"echo stop >>{root}/log; rm {root}/running",
            "refresh": f"echo refresh >>{root}/log",
        }
        self.service = replace(plain, commands=plain.commands | commands)
        self.unit = root / "lib" / "service"
        for name in ("bin", "lib", "etc", "state", "stubs", "lib/unconfirmed"):
            (root / name).mkdir()
        for stub in ("setsid", "sleep", "logger"):
            self.stub(stub, FAST)
        self.script = deadman.script(self.home, self.service, Gate(within=1, slack=2))
        self.put()

    def stub(self, name, text):
        path = self.root / "stubs" / name
        path.write_text(text)
        path.chmod(0o755)

    def put(self):
        (self.root / "lib" / "unconfirmed").mkdir(exist_ok=True)
        (self.root / "lib" / "unconfirmed" / "deadman.sh").write_text(self.script.content)

    def install(self, version):
        """What a deploy does with its files."""
        link = self.root / "bin" / "everleaf"
        link.unlink(missing_ok=True)
        link.symlink_to(f"{self.root}/lib/everleaf-{version}")
        (self.root / "etc" / "node.toml").write_text(f"version {version}")
        self.unit.write_text(f"version {version}")

    def start(self):
        for name in ("enabled", "running"):
            (self.root / name).touch()

    def say(self, *words):
        environment = os.environ | {"PATH": f"{self.root}/stubs:{os.environ['PATH']}"}
        return subprocess.run(
            [*self.shell, self.script.path, *words],
            capture_output=True, text=True, check=False, env=environment, timeout=20,
        )  # fmt: skip

    def keep(self):
        done = self.say("keep")
        assert (done.returncode, done.stderr) == (0, "")

    def watch(self):
        """The timer, whose seconds pass at once."""
        return self.say("watch", (self.root / "lib" / "unconfirmed" / "turn").read_text().strip())

    def log(self):
        path = self.root / "log"
        return path.read_text().split() if path.exists() else []

    def seen(self):
        """What is there: link, texts, enabled and running."""
        link = self.root / "bin" / "everleaf"
        texts = [path.read_text() for path in (self.root / "etc" / "node.toml", self.unit) if path.exists()]
        states = [name for name in ("enabled", "running") if (self.root / name).exists()]
        return ([link.readlink().name] if link.is_symlink() else []) + texts + states

    def waits(self):
        return (self.root / "lib" / "unconfirmed").exists()


OLD = ["everleaf-1", "version 1", "version 1", "enabled", "running"]
NEW = ["everleaf-2", "version 2", "version 2", "enabled", "running"]


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def host(request, tmp_path):
    if not shutil.which(request.param[0]):
        pytest.fail(f"{request.param[0]} is missing: install it, the script must run under it")
    return Host(tmp_path, request.param)


def test_unconfirmed_change_is_taken_back(host):
    host.install(1)
    host.start()
    host.keep()
    host.install(2)
    assert host.watch().returncode == 0
    assert host.seen() == OLD
    assert host.log() == ["refresh", "restart"]
    assert not host.waits()


def test_confirmed_change_stays_and_nothing_is_left(host):
    host.install(1)
    host.start()
    host.keep()
    turn = (host.root / "lib" / "unconfirmed" / "turn").read_text().strip()
    host.install(2)
    assert host.say("confirm").returncode == 0
    assert not host.waits()
    host.put()
    assert host.say("watch", turn).returncode == 0
    assert host.seen() == NEW
    assert host.log() == []


def test_host_that_had_nothing_returns_to_nothing(host):
    host.keep()
    host.install(1)
    host.start()
    assert host.say("back").returncode == 0
    assert host.seen() == []
    assert not host.waits()


@pytest.mark.parametrize("runs", [True, False])
def test_service_that_was_stopped_is_stopped_again_even_while_it_waits_to_be_started_anew(host, runs):
    host.install(1)
    host.keep()
    host.install(2)
    if runs:
        host.start()
    host.say("back")
    assert host.seen() == OLD[:3]
    assert host.log() == ["stop", "refresh"]


def test_service_that_was_disabled_meanwhile_is_enabled_again(host):
    host.install(1)
    host.start()
    host.keep()
    (host.root / "enabled").unlink()
    host.say("back")
    assert host.seen() == OLD


def test_what_was_not_changed_is_not_touched(host):
    host.install(1)
    host.start()
    host.keep()
    before = {path: path.stat(follow_symlinks=False) for path in (host.root / "bin" / "everleaf", host.unit)}
    (host.root / "etc" / "node.toml").write_text("other")
    host.say("back")
    assert host.seen() == OLD
    assert {path: path.stat(follow_symlinks=False).st_ino for path in before} == {
        path: status.st_ino for path, status in before.items()
    }


def test_second_change_before_a_confirmation_returns_to_what_was_before_both(host):
    host.install(1)
    host.start()
    host.keep()
    first = (host.root / "lib" / "unconfirmed" / "turn").read_text().strip()
    host.install(2)
    host.keep()
    host.install(3)
    host.say("watch", first)
    assert host.seen()[0] == "everleaf-3"
    host.watch()
    assert host.seen() == OLD


def test_only_one_decides(host):
    host.install(1)
    host.start()
    host.keep()
    host.install(2)
    decided = host.root / "lib" / "unconfirmed" / "decided"
    decided.symlink_to(str(os.getpid()))
    refused = host.say("confirm")
    assert refused.returncode == 1
    assert "has returned to what it ran before: nobody confirmed within 3 s" in refused.stderr
    assert "try again" in host.say("keep").stderr
    assert host.watch().returncode == 0
    assert host.say("back").returncode == 1
    assert host.seen() == NEW


def test_who_died_while_deciding_keeps_nobody_from_it(host):
    host.install(1)
    host.start()
    host.keep()
    host.install(2)
    (host.root / "lib" / "unconfirmed" / "decided").symlink_to("4194305")  # more than there are processes
    assert host.say("back").returncode == 0
    assert host.seen() == OLD


def keys(host):
    return {path.name: path.read_text() for path in sorted((host.root / "state").iterdir())}


@pytest.mark.parametrize("rotating", [False, True])
def test_key_that_took_the_place_of_another_gives_it_back_unless_that_was_an_earlier_change(host, rotating):
    rotated = {"identity.key": "new", "identity.key.old": "old"}
    for name, text in rotated.items():
        (host.root / "state" / name).write_text(text)
    host.keep()
    if rotating:
        (host.root / "lib" / "unconfirmed" / "rotating").touch()
    host.say("back")
    assert keys(host) == ({"identity.key": "old", "identity.key.next": "new"} if rotating else rotated)


def every_script():
    """By manager."""
    homes = {row.manager: row for row in platforms().values() if row.system != WINDOWS}
    homes |= {
        by.name: platform("debian")
        for by in managers().values()
        if by.name not in homes and by.starts_on(platform("debian"))
    }
    return {name: deadman.script(home, service(home, manager(name)), Gate()).content for name, home in homes.items()}


def test_every_shell_reads_the_script_of_every_manager():
    scripts = every_script()
    assert set(scripts) == set(managers()) - {"windows"}
    for name, content in scripts.items():
        for shell in SHELLS:
            done = subprocess.run([*shell, "-n"], input=content, text=True, capture_output=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), (name, shell)


def test_only_systemd_is_asked_to_keep_the_timer():
    assert [name for name, content in every_script().items() if "systemd-run" in content] == ["systemd", "vyatta"]


@pytest.mark.slow
def test_shellcheck_finds_nothing(tmp_path):
    for name, content in every_script().items():
        (tmp_path / name).write_text(content)
    command = [Path(sys.executable).with_name("shellcheck"), f"--exclude={SUBSHELL}", *sorted(tmp_path.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
