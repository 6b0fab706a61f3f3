"""The lines that hosts are told, run by the shells and programs that hosts have."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from everleaf_fleet.facts.entry import Entries, Entry
from everleaf_fleet.facts.program import NodePrograms, Programs
from everleaf_fleet.facts.service import Done, NodeService, ServiceState
from everleaf_fleet.facts.stale import Unread
from everleaf_fleet.facts.together import Together
from everleaf_fleet.shell import checksum, has_checksum, refuse, switch, whole

KNOWN = {"dash": [], "bash": ["--posix"], "mksh": [], "busybox": ["sh"]}
SHELLS = {name: [path, *words] for name, words in KNOWN.items() if (path := shutil.which(name))}
SYSTEMS = {  # what each system's own program prints
    "sha256sum": "{sum}  {file}",  # Linux
    "shasum": "{sum}  {file}",  # macOS
    "sha256": "SHA256 ({file}) = {sum}",  # the BSDs
    "cksum": "SHA256 ({file}) = {sum}",  # NetBSD
    "openssl": "SHA2-256({file})= {sum}",  # whoever has none of these
}


@pytest.fixture(params=SHELLS)
def shell(request, tmp_path):
    """Run a line as a host of that shell would; busybox finds none but its own programs."""
    words = SHELLS[request.param]
    path = os.environ["PATH"]
    if request.param == "busybox":
        tools = tmp_path / "busybox"
        tools.mkdir()
        subprocess.run(["busybox", "--install", "-s", tools], check=True, capture_output=True)
        path = str(tools)

    def run(line, **environment):
        command = [*words, "-c", line.get_raw_value()]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env={"PATH": path} | environment, cwd=tmp_path
        )

    return run


def read(fact, shell, **arguments):
    """What a fact makes of what the host says, as pyinfra asks."""
    done = shell(fact().command(**arguments))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    return fact().process(lines) if lines else fact.default()


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_checksum_is_in_what_is_printed(shell, tmp_path):
    file = tmp_path / "with space"
    file.write_text("x")
    assert digest("x") in shell(checksum(str(file))).stdout
    assert shell(checksum("/none")).returncode != 0


@pytest.mark.parametrize("program", SYSTEMS)
def test_checksum_is_told_by_whatever_program_a_system_has(program, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("grep", "sh"):
        (tools / tool).symlink_to(shutil.which(tool))
    fake = tools / program
    says = SYSTEMS[program].format(sum=digest("x"), file="$file")
    fake.write_text(f'#!/bin/sh\nfor file; do :; done\necho "{says}"\n')
    fake.chmod(0o755)
    run = lambda sha256: subprocess.run(  # noqa: E731
        ["/bin/sh", "-c", has_checksum("/etc/hosts", sha256).get_raw_value()],
        capture_output=True, text=True, check=False, env={"PATH": str(tools)},
    )  # fmt: skip
    assert run(digest("x")).returncode == 0
    refused = run(digest("y"))
    assert refused.returncode != 0
    assert refused.stderr.endswith("/etc/hosts did not arrive as it was sent\n")


def test_switch_replaces_a_link_and_whatever_else_was_there(shell, tmp_path):
    link = tmp_path / "link"
    for target in ("one", "the other"):
        assert shell(switch(str(link), target)).returncode == 0
        assert link.readlink() == Path(target)
    link.unlink()
    link.write_text("a file")
    assert shell(switch(str(link), "one")).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "busybox") == ["link"]


def test_command_of_the_table_is_one_command_whatever_is_in_it(shell):
    done = shell(whole("for _ in 1 2; do exit 3; done"))
    assert done.returncode == 3


def test_refusal_is_told_and_fails(shell):
    done = shell(refuse("it's $HOME; no"))
    assert (done.returncode, done.stderr) == (1, "it's $HOME; no\n")


def test_entries_tell_kind_mode_owner_target_and_checksum(shell, tmp_path):
    file, link, directory = tmp_path / "a file", tmp_path / "link", tmp_path / "directory"
    file.write_text("x")
    file.chmod(0o640)
    link.symlink_to("a file")
    directory.mkdir()
    directory.chmod(0o1770)
    paths = [str(path) for path in (file, link, directory, tmp_path / "none")]
    found = read(Entries, shell, paths=paths)
    me = found[str(file)].owner, found[str(file)].group
    assert found == {
        str(file): Entry("-", "0640", *me, sha256=digest("x")),
        str(link): Entry("l", "0777", *me, target="a file"),
        str(directory): Entry("d", "1770", *me),
    }
    assert read(Entries, shell, paths=paths[-1:]) == {}


def test_entries_of_secret_files_come_without_checksum(shell, tmp_path):
    (tmp_path / "key").write_text("secret")
    assert read(Entries, shell, paths=[str(tmp_path / "key")], sums=False)[str(tmp_path / "key")].sha256 == ""


@pytest.mark.parametrize(
    "line",
    [
        "-rw-r-----  1 root  wheel  119 Nov 25 22:06 /p",  # FreeBSD, macOS
        "-rw-r-----  1 root  wheel  -  119B Nov 25 22:06 /p",  # FreeBSD with flags
        "-rw-r-----@ 1 root  wheel  119 25 Nov 22:06 /p",  # macOS with attributes, another locale
        "-rw-r-----. 1 root wheel 119 Nov 25  2024 /p",  # SELinux
        "-rw-r-----    1 root     wheel          119 Nov 25 22:06 /p",  # busybox
    ],
)
def test_entries_are_read_in_every_system_s_writing(line):
    assert Entries().process([line]) == {"/p": Entry("-", "0640", "root", "wheel")}


def test_programs_are_told_with_the_links_to_them(shell, tmp_path):
    versions, link = tmp_path / "versions", tmp_path / "everleaf"
    assert read(NodePrograms, shell, versions=str(versions), link=str(link)) == Programs()
    versions.mkdir()
    for age, version in enumerate(("2.0", "1.0", "3.0.new")):
        file = versions / f"everleaf-{version}"
        file.touch()
        os.utime(file, (1000 - age, 1000 - age))
    link.symlink_to(versions / "everleaf-2.0")
    (versions / "previous").symlink_to(versions / "everleaf-1.0")
    found = read(NodePrograms, shell, versions=str(versions), link=str(link))
    two, one = (str(versions / f"everleaf-{version}") for version in ("2.0", "1.0"))
    assert (found, found.version) == (Programs(two, one, (two, one)), "2.0")


def test_service_is_asked_with_the_manager_s_own_commands(shell):
    loud = "echo running; exit 1"
    assert read(NodeService, shell, enabled="true", running=loud) == ServiceState(enabled=True, running=False)
    assert read(NodeService, shell, enabled="no-such-program", running="! false") == ServiceState(running=True)
    assert read(Done, shell, check="exit 0") is True
    assert read(Done, shell, check="id -u no-such-user") is False


def test_unread_are_files_newer_than_the_socket_and_links_that_were_moved(shell, tmp_path):
    socket, config, program, link = (tmp_path / name for name in ("admin.sock", "node.toml", "everleaf-1", "everleaf"))
    files = [str(config), str(link)]
    config.touch()
    program.touch()
    link.symlink_to(program)
    assert read(Unread, shell, files=files, socket=str(socket)) == []  # no node, nothing to read it
    socket.touch()

    def at(path, seconds):
        os.utime(path, (seconds, seconds), follow_symlinks=False)

    for path in (config, program, link):
        at(path, 1000)
    at(socket, 1005)
    assert read(Unread, shell, files=files, socket=str(socket)) == []
    at(config, 1010)
    assert read(Unread, shell, files=files, socket=str(socket)) == [str(config)]
    at(config, 1000)
    for newer in (link, program):
        at(newer, 1010)
        assert read(Unread, shell, files=files, socket=str(socket)) == [str(link)]
        at(newer, 1000)


def test_answers_of_several_commands_come_apart_as_they_were(shell, tmp_path):
    texts = ["", "\n", "one\n", "no newline", "one\n\n", "one\ntwo\n"]
    for number, text in enumerate(texts):
        (tmp_path / str(number)).write_text(text)
    commands = ["if false; then echo no; fi;", *(f"cat {number}" for number in range(len(texts))), "exit 0"]
    found = read(Together, shell, commands=commands)
    assert found == [[], *(text.splitlines() for text in texts), []]


def test_one_command_that_fails_fails_them_all(shell):
    done = shell(Together().command(commands=["true", "echo why >&2; exit 3", "true"]))
    assert (done.returncode != 0, done.stderr) == (True, "why\n")
