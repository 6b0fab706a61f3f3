"""The command line as a whole."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from everleaf import __version__
from everleaf.cli import main
from everleaf.cli.environment import restore_environment
from everleaf.cli.main import COMMANDS


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert [command.name for command in COMMANDS if f"    {command.name} " not in shown] == []


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_command_has_help(name, capsys):
    with pytest.raises(SystemExit) as caught:
        main([name, "--help"])
    assert caught.value.code == 0
    assert name in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv", [[], ["nosuch"], ["run"], ["keygen", "--out"], ["wait", "--peers", "x"], ["keygen", "--ou", "k"]]
)
def test_command_line_that_makes_no_sense_is_a_usage_error(argv, capsys):
    assert main(argv) == 64
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("everleaf: ")
    assert "--help" in shown.err


def test_version_is_also_an_option(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"everleaf {__version__}\n"


def test_version_tells_what_is_inside(capsys):
    assert main(["version", "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert about["version"] == __version__
    assert sorted(about["libraries"]) == ["libsodium", "openssl"]
    assert about["python"] == ".".join(map(str, sys.version_info[:3]))
    assert about["frozen"] is False
    assert main(["version"]) == 0
    assert f"everleaf    {__version__}" in capsys.readouterr().out


def test_version_loads_neither_the_daemon_nor_the_configuration():
    script = "import sys; from everleaf.cli import main; main(['version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"asyncio", "everleaf.config", "everleaf.daemon", "everleaf.control", "toml", "tomllib"}


def test_module_runs_as_a_program():
    done = subprocess.run([sys.executable, "-m", "everleaf", "nosuch"], capture_output=True, text=True, check=False)
    assert done.returncode == 64
    assert "Traceback" not in done.stderr


def test_reader_that_leaves_early_is_no_error():
    with subprocess.Popen([sys.executable, "-m", "everleaf", "version"], stdout=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.wait() in (0, 141)


def test_selftest_finds_this_build_good(capsys):
    assert main(["selftest", "--json"]) == 0
    verdicts = json.loads(capsys.readouterr().out)
    assert set(verdicts.values()) == {"ok"}
    named = ("core", "signatures", "sealing", "tls", "hashes", "addresses", "host", "daemon", "platforms")
    assert set(verdicts) >= set(named)


def test_selftest_says_what_is_wrong(monkeypatch, capsys):
    monkeypatch.setattr("everleaf.cli.selftest._ADDRESS", "200::1")
    assert main(["selftest"]) == 1
    assert "is '200:514a:cffc:fa9d:ea90:5568:258:6d37', not '200::1'" in capsys.readouterr().out


def test_environment_of_the_frozen_file_is_undone(monkeypatch):
    before = {"PATH": "/bin", "LD_LIBRARY_PATH": "/tmp/_MEI", "_PYI_ARCHIVE_FILE": "x", "_PYI_SPLASH_IPC": "y"}
    environ = before | {"DYLD_LIBRARY_PATH": "/tmp/_MEI", "DYLD_LIBRARY_PATH_ORIG": "/opt/lib"}
    restore_environment(environ)
    assert environ["LD_LIBRARY_PATH"] == "/tmp/_MEI"  # not frozen: not ours to change
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    restore_environment(environ)
    assert environ == {"PATH": "/bin", "DYLD_LIBRARY_PATH": "/opt/lib"}
