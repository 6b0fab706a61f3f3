"""The rendered files in the eyes of those who will read them: shells, shellcheck, systemd, launchd."""

from __future__ import annotations

import plistlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from everleaf.cli.main import parser
from everleaf.errors import UsageError
from everleaf.platform import ROUTER, Manager, Platform, managers, platform, platforms
from everleaf.platform.service import File, Service, service

SHELLS = (["dash"], ["bash", "--posix"], ["mksh"], ["busybox", "sh"])
SHELLCHECK = Path(sys.executable).with_name("shellcheck")
# Not followed: the systems' own libraries, which are not here. Not used: what those libraries read.
NOT_OURS = "SC1091,SC2034"
WORST_SCORE = 2.5
NOT_FOR_US = ("PrivateDevices", "PrivateNetwork", "PrivateUsers", "ProcSubset")  # they hide TUN, network or listeners


def every_service() -> list[tuple[Platform, Manager, Service]]:
    return [
        (home, by, service(home, by))
        for home in platforms().values()
        for by in managers().values()
        if by.starts_on(home)
    ]


def scripts() -> list[object]:
    found = [(home, by, file) for home, by, made in every_service() for file in made.files if file.content[:2] == "#!"]
    return [pytest.param(file, id=f"{home.name}-{by.name}-{Path(file.path).name}") for home, by, file in found]


def units() -> list[object]:
    by = managers()["systemd"]
    found = [(home, service(home, by)) for home in platforms().values() if by.starts_on(home)]
    return [pytest.param(home, made.files[0], id=home.name) for home, made in found]


@pytest.mark.parametrize("shell", SHELLS, ids=lambda words: words[0])
def test_every_script_is_read_by_every_shell(shell):
    for parameter in scripts():
        [file] = parameter.values
        done = subprocess.run([*shell, "-n"], input=file.content, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), parameter.id


@pytest.mark.slow
def test_shellcheck_finds_nothing(tmp_path):
    for parameter in scripts():
        [file] = parameter.values
        (tmp_path / parameter.id).write_text(file.content)
    command = [SHELLCHECK, f"--exclude={NOT_OURS}", "--severity=style", *sorted(tmp_path.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("file", scripts())
def test_a_script_has_the_interpreter_that_its_system_wants(file):
    first = file.content.splitlines()[0]
    wanted = {"/etc/rc.d/everleaf": ("#!/bin/sh", "#!/bin/ksh"), "/etc/init.d/everleaf": INIT_D}
    assert first in wanted.get(file.path, ("#!/bin/sh",))


INIT_D = ("#!/bin/sh", "#!/sbin/openrc-run", "#!/bin/sh /etc/rc.common")


def test_command_lines_are_read_by_every_shell():
    for home, by, made in every_service():
        lines = [*made.commands.values(), *(getattr(step, verb) for step in (made.account, made.tun) for verb in VERBS)]
        if home.system != "Windows":
            for shell in SHELLS:
                done = subprocess.run(
                    [*shell, "-n"], input="\n".join(lines), capture_output=True, text=True, check=False
                )
                assert (done.returncode, done.stderr) == (0, ""), f"{home.name}-{by.name}"


VERBS = ("check", "make", "unmake")


def test_no_path_of_the_table_needs_quoting():
    for home in platforms().values():
        columns = (home.binary, home.versions, home.config, home.state, home.cache, home.runtime, home.pidfile)
        plain = r"[A-Za-z]:[A-Za-z0-9 \\.]+" if home.system == "Windows" else r"(/[a-z][a-z0-9.-]*)*"
        for path in (*columns, home.log_file, home.hosts_file):
            assert re.fullmatch(plain, path), f"{home.name}: {path}"


@pytest.mark.parametrize(("home", "unit"), units())
def test_systemd_understands_the_unit(home, unit, tmp_path):
    """And finds everything that it names."""
    for path in ("usr/bin", home.binary.lstrip("/").rpartition("/")[0], "etc/systemd/system"):
        (tmp_path / path).mkdir(parents=True, exist_ok=True)
    text = unit.content.replace(home.binary, "/bin/true")
    file = tmp_path / "everleaf.service"
    file.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", file],
        capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "SYSTEMD_LOG_LEVEL": "warning"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("home", "unit"), units())
def test_the_unit_is_hardened(home, unit, tmp_path):
    file = tmp_path / "everleaf.service"
    file.write_text(unit.content)
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={WORST_SCORE * 10:g}", "--no-pager", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{home.name}: {done.stdout}{done.stderr}"
    assert not [name for name in NOT_FOR_US if re.search(rf"^{name}=", unit.content, re.MULTILINE)]


def plist() -> dict[str, object]:
    [file] = service(platform("macos"), managers()["launchd"]).files
    return plistlib.loads(file.content.encode(), fmt=plistlib.FMT_XML)


def test_launchd_starts_the_program_itself_and_again_unless_it_ended_well():
    home, job = platform("macos"), plist()
    arguments = [home.binary, "run", "--config", home.config, "--pidfile", home.pidfile]
    assert job["ProgramArguments"] == arguments
    assert job["RunAtLoad"] is True
    assert job["KeepAlive"] == {"SuccessfulExit": False}
    assert job["EnvironmentVariables"] == {"TMPDIR": home.cache}
    assert not str(job["StandardErrorPath"]).startswith("/tmp")
    assert re.fullmatch(r"[a-z]+(\.[a-z]+){2}", str(job["Label"]))


def test_the_label_of_the_job_is_its_file_and_stands_in_every_command():
    made = service(platform("macos"), managers()["launchd"])
    assert made.files[0].path == f"/Library/LaunchDaemons/{plist()['Label']}.plist"
    assert all(str(plist()["Label"]) in line for verb, line in made.commands.items() if verb not in ("log", "forget"))


def test_a_manager_of_another_system_is_refused():
    with pytest.raises(UsageError, match="launchd starts nothing on Debian and Ubuntu; take its own: systemd"):
        service(platform("debian"), managers()["launchd"])


def test_nothing_that_must_survive_is_a_leftover():
    for home, by, made in every_service():
        for kept in (home.key_file, home.state, home.binary, home.versions):
            assert not any(f"{kept}/".startswith(f"{path}/") for path in made.leftovers), (
                f"{home.name}-{by.name}: {kept}"
            )


def windows_script() -> File:
    [file] = service(platform("windows"), managers()["windows"]).files
    return file


def test_the_windows_script_jumps_to_labels_that_it_has_and_falls_into_none():
    assert windows_script().content.count("\n") == windows_script().content.count("\r\n")
    text = windows_script().content.replace("\r\n", "\n")
    labels = re.findall(r"^:(\w+)$", text, re.MULTILINE)
    assert sorted(labels) == sorted({*re.findall(r"\bgoto (\w+)", text), *re.findall(r"\bcall :(\w+)", text)})
    for label in labels:
        assert text[: text.index(f"\n:{label}\n")].rstrip().splitlines()[-1].startswith("exit /b"), label


def test_every_command_of_the_node_exists():
    """As the command line reads it, with all its options."""
    for home, by, made in every_service():
        texts = [file.content.replace('\\"', '"').replace('"', "") for file in made.files]
        lines = [line for text in [*texts, *made.commands.values()] for line in text.splitlines()]
        found = [
            match[1] for line in lines if (match := re.search(rf"{re.escape(home.binary)} ([a-z][^|&;>%]*)", line))
        ]
        for words in found:
            parser().parse_args(re.sub(r"%.*|\$\{?(\w+)\}?", r"\1", words).split())
        assert found or by.name == ROUTER, f"{home.name}-{by.name}"
