"""`everleaf service` on machines of every kind: from nothing to a node that runs, and back to what is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from services.host import BAD, GOOD, PAIRS, Host, hosts, until

# The machine is this one in other clothes, so its kernel's name has to be said.
MAIN = """
import platform, sys
platform.system = lambda: {system!r}
from everleaf.cli import main
sys.exit(main(["service", {verb!r}, "--platform", {home!r}, "--manager", {by!r}, *{options!r}]))
"""
FILES = "find / /usr/local /usr/sbin /usr/pkg /usr/libexec -xdev -name '*everleaf*' ! -path '/.*' ! -path '/tmp/*'"
MENTIONS = "grep -rl everleaf /etc /usr/local/etc --exclude=passwd* --exclude=*shadow* --exclude=group*"
WORDS = {"installed": True, "enabled": True, "running": True, "outdated": []}

pytestmark = pytest.mark.slow


def attempt(host: Host, verb: str, *options: str) -> subprocess.CompletedProcess[str]:
    script = MAIN.format(system=host.home.system, verb=verb, home=host.home.name, by=host.made.manager, options=options)
    path = ":".join(sys.path)
    return host.machine.attempt(f"PYTHONDONTWRITEBYTECODE=1 PYTHONPATH={path} {sys.executable} -", stdin=script)


def told(host: Host, verb: str) -> Any:
    """The JSON it prints; it must not fail."""
    done = attempt(host, verb, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@hosts(PAIRS, "bare")
def test_a_service_is_installed_and_taken_away(bare):
    changes = told(bare, "install")["changes"]
    assert [f"wrote {file.path}" in changes for file in bare.made.files] == [True] * len(bare.made.files)
    until(lambda: bare.pid, "it runs")
    about = told(bare, "status")
    assert about | WORDS == about
    owner = bare.machine.run(f"stat -c %U:%a {bare.home.key_file} {bare.home.state}").split()
    assert owner == [f"{bare.home.user}:600", f"{bare.home.user}:700"]
    assert told(bare, "install")["changes"] == []
    told(bare, "uninstall")
    until(lambda: not bare.pid, "it has ended")
    until(lambda: bare.journal("stopped"), "it has said goodbye")
    home = bare.home
    left = set(bare.machine.attempt(FILES).stdout.split())
    assert left <= {home.binary, home.state, home.parent(home.config)}
    assert bare.machine.exists(home.key_file)
    assert set(bare.machine.attempt(f"{MENTIONS} {home.config}").stdout.split()) == {home.config}
    assert told(bare, "uninstall")["changes"] == []
    assert attempt(bare, "status").returncode == 2


@hosts([("linux", "pidfile")], "bare")
def test_a_service_is_stopped_started_and_refused(bare):
    assert "the service is not installed; run: everleaf service install" in attempt(bare, "start").stderr
    told(bare, "install")
    assert told(bare, "start")["changes"] == []
    assert told(bare, "stop")["changes"] == ["stopped"]
    assert attempt(bare, "status").returncode == 1
    assert told(bare, "stop")["changes"] == []
    bare.configure(BAD)
    failed = attempt(bare, "start")
    assert failed.returncode == 71
    assert "everleaf: everleaf: /etc/everleaf/node.toml: identity: is missing" in failed.stderr
    assert failed.stderr.endswith(f"and at more of it: {bare.made.commands['log']}\n")
    bare.configure(GOOD)
    assert told(bare, "start")["changes"] == ["started"]


@hosts([("linux", "pidfile")], "bare")
def test_an_old_file_is_replaced_and_the_node_restarted(bare):
    told(bare, "install")
    first = bare.pid
    [script] = bare.made.files
    bare.machine.run(f"echo '# an old one' >>{script.path}")
    assert told(bare, "status")["outdated"] == [script.path]
    assert told(bare, "install")["changes"] == [f"wrote {script.path}", "restarted"]
    assert bare.pid not in (0, first)
    assert told(bare, "status")["outdated"] == []


@hosts([("linux", "pidfile")], "bare")
def test_a_configuration_and_a_key_that_are_there_stay(bare):
    bare.machine.run(f"mkdir -p {bare.home.state}")
    bare.machine.write(bare.home.key_file, "mine", "0600")
    bare.machine.write(bare.home.config, f"# mine\n{GOOD}", "0640")
    told(bare, "install")
    assert bare.machine.run(f"cat {bare.home.key_file} {bare.home.config}") == f"mine# mine\n{GOOD}"


@hosts([("debian", "pidfile")], "bare")
def test_a_configuration_and_a_key_that_root_made_become_the_nodes(bare):
    """As `everleaf init --from` leaves them before there is a user."""
    bare.machine.run(f"mkdir -p -m 0700 {bare.home.state}")
    bare.machine.write(bare.home.key_file, "mine", "0600")
    bare.machine.write(bare.home.config, GOOD, "0600")
    changes = told(bare, "install")["changes"]
    user, group = bare.home.user, bare.home.group
    assert {f"gave {bare.home.key_file} to {user}", f"let {user} read {bare.home.config}"} <= set(changes)
    owners = bare.machine.run(f"stat -c %U:%G:%a {bare.home.key_file} {bare.home.config}").split()
    assert owners == [f"{user}:{group}:600", f"root:{group}:640"]
    until(lambda: bare.pid, "it runs")
    assert told(bare, "install")["changes"] == []
