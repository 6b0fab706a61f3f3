"""`everleaf service`, as far as it changes nothing; tests/services has the rest."""

import json
import os
from dataclasses import asdict, replace

import pytest

from everleaf.cli import main
from everleaf.platform import manager, platform
from everleaf.platform.service import service


def test_print_shows_every_file(capsys):
    assert main(["service", "print", "--platform", "alpine", "--manager", "openrc"]) == 0
    shown = capsys.readouterr().out
    for file in service(platform("alpine"), manager("openrc")).files:
        assert f"### {file.path} {file.mode} root:root\n{file.content}" in shown


def test_print_tells_programs_all_there_is(capsys):
    assert main(["service", "print", "--platform", "openbsd", "--json"]) == 0
    made = service(platform("openbsd"), manager("openbsd"))
    told = json.loads(capsys.readouterr().out)
    assert told == {"platform": "openbsd"} | json.loads(json.dumps(asdict(made)))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--platform", "plan9"], "platform 'plan9' is not known; choose one of: debian, "),
        (["--platform", "debian", "--manager", "launchd"], "launchd starts nothing on Debian and Ubuntu"),
        (["--platform", "edgeos"], "is part of the router's configuration; in configuration mode: set interfaces "),
        (["--platform", "edgeos", "--manager", "systemd"], "systemd starts nothing on EdgeOS; take its own: vyatta"),
        (["--platform", "debian", "--manager", "vyatta"], "vyatta starts nothing on Debian and Ubuntu"),
        (["--platform", "alpine", "--manager", "s6"], "service manager 's6' is not known; choose one of: systemd, "),
    ],
)
def test_what_is_not_known_is_refused(capsys, words, said):
    assert main(["service", "print", *words]) == 64
    assert said in capsys.readouterr().err


def test_another_system_is_only_printed(capsys):
    assert main(["service", "status", "--platform", "freebsd"]) == 64
    assert "this is Linux, where no service of FreeBSD can be; leave out --platform" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["install", "uninstall", "start", "stop", "restart", "reload"])
def test_changing_takes_root(capsys, monkeypatch, verb):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["service", verb]) == 77
    assert f"only an administrator may {verb} a service; run: sudo everleaf service {verb}" in capsys.readouterr().err


def test_status_of_what_only_root_can_see_is_no_lie(capsys, monkeypatch, tmp_path):
    """A pid file that may not be read says nothing about its process."""
    home = replace(platform("linux"), versions=str(tmp_path))
    monkeypatch.setattr("everleaf.platform.detect.platform_of", lambda _: home)
    monkeypatch.setattr("everleaf.platform.detect.manager_of", lambda *_: manager("pidfile"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["service", "status"]) == 2
    (tmp_path / "service").write_text("exit 3")
    (tmp_path / "service").chmod(0o755)
    capsys.readouterr()
    assert main(["service", "status"]) == 77
    assert capsys.readouterr().err == "everleaf: only root sees whether it runs; run: sudo everleaf service status\n"


def test_a_verb_is_needed(capsys):
    assert main(["service"]) == 64
    assert "VERB" in capsys.readouterr().err


def test_what_windows_calls_is_for_windows(capsys, tmp_path):
    words = ["service", "run", "--config", str(tmp_path / "node.toml"), "--log", str(tmp_path / "node.log")]
    assert main(words) == 64
    assert "this is for the service manager of Windows; run the node with: everleaf run" in capsys.readouterr().err
    assert not (tmp_path / "node.log").exists()
