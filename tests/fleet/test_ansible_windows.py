"""Ansible's roles on Windows: the same lines and bytes as pyinfra's, by the real ssh plugin and an ssh that is none."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from everleaf_fleet.member import Member
from everleaf_fleet.model import lock, reader
from everleaf_fleet.model.book import Book
from everleaf_fleet.windows import batch
from everleaf_fleet.windows.changes import changes, present
from fleet.controller import Controller, built

pytestmark = pytest.mark.slow

KEY = "c5" * 32
FLEET = """
[fleet]
name = "lab"
version = "1.0"
[hosts.desk]
address = "192.0.2.9"
platform = "windows"
peers = ["tls://public.example:443"]
node_info = { place = "{{ 6 * 7 }} & 50%" }
"""
STATUS = {"health": "healthy", "key": KEY, "interface": {"name": "everleaf", "mtu": 65535}}


class Desk:
    """The host, and who deploys to it."""

    def __init__(self, directory: Path, collections: Path) -> None:
        self.controller = Controller(directory, collections)
        self.controller.fleet.write_text(FLEET)
        self.program = directory / "everleaf-1.0.tgz"
        self.program.write_bytes(b"packed")
        self.host = directory / "desk"
        for name in ("disk", "login"):
            (self.host / name).mkdir(parents=True)
        self.answer()
        for program in ("ssh", "sftp"):
            file = directory / program
            file.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).with_name("windows_by_ssh.py")} "$@"\n')
            file.chmod(0o755)
            self.controller.settings[f"{program.upper()}_EXECUTABLE"] = file
        self.controller.environment["EVERLEAF_WINDOWS"] = str(self.host)

    def answer(self, **more: str) -> None:
        """What it says: that it is bare, but for a node that is well."""
        said = {
            "%PROCESSOR_ARCHITECTURE%": "Windows AMD64",
            "identity --key": json.dumps({"public_key": KEY}),
            " wait --endpoint": json.dumps(STATUS),
        }
        (self.host / "answers.json").write_text(
            json.dumps(more | {key: said[key] for key in said.keys() - more.keys()})
        )

    def changed(self, playbook: str, *words: str) -> set[str]:
        """The tasks that changed something."""
        program = f"everleaf_{'upgrade' if playbook == 'upgrade' else 'node'}_program={self.program}"
        return set(self.controller.changed(playbook, "-e", program, *words))

    def ran(self) -> list[str]:
        """The scripts that were run there since the last look."""
        file = self.host / "ran"
        scripts = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        file.unlink(missing_ok=True)
        return [script.removeprefix("@echo off\n").removesuffix("\n") for script in scripts]

    def member(self) -> Member:
        """As everybody else sees it."""
        fleet = self.controller.fleet
        return Member(reader.load(fleet), Book.open(lock.beside(fleet)), "desk")

    def file(self, path: str) -> bytes:
        """What was brought there, and is not moved: nothing does that here."""
        return (self.host / "disk" / f"{path[3:]}.new".replace("\\", "/")).read_bytes()


@pytest.fixture(scope="module")
def collections(tmp_path_factory):
    return built(tmp_path_factory.mktemp("built"))


@pytest.fixture
def desk(tmp_path, collections):
    return Desk(tmp_path, collections)


def test_roles_do_the_changes_that_pyinfra_does_in_the_same_order_and_with_the_same_bytes(desk):
    changed = desk.changed("site")
    assert {"Program of Windows", "Identity", "Configuration of Windows", "Names of Windows", "Service"} <= changed
    member, ran = desk.member(), desk.ran()
    assert member.locked.public_key == KEY
    known = changes(member) | {"present": present(member.home, "1.0", batch.sha256(b"packed").hexdigest())}
    order = ("directories", "present", "way_back", "program", "configuration", "tun", "boot", "service", "old_programs")
    places = [ran.index(known[name].make) for name in order]
    assert places == sorted(places)
    assert any("keygen --out" in script for script in ran)
    assert desk.file(member.home.config) == member.blueprint().config.content.encode()
    [file] = member.service.files
    assert desk.file(file.path) == file.content.encode()
    assert list((desk.host / "login").iterdir()) == []


def test_check_mode_looks_and_brings_nothing_and_diff_shows_the_files(desk):
    done = desk.controller.play("site", "--check", "--diff", "-e", f"everleaf_node_program={desk.program}")
    assert done.returncode == 0, done.stdout
    shown = [line for line in done.stdout.splitlines() if line.startswith("+")]
    assert any("{{ 6 * 7 }} & 50%" in line for line in shown)  # the configuration's
    assert any(r"versions\everleaf-1.0\everleaf.exe" in line for line in shown)  # the manager's file
    assert list((desk.host / "disk").iterdir()) == []
    assert not any("keygen" in script or "restart" in script for script in desk.ran())
    assert not lock.beside(desk.controller.fleet).exists()


def test_host_on_which_all_is_so_is_left_alone(desk):
    desk.changed("site")
    desk.ran()
    desk.answer(**{"call :check": "done"})
    assert desk.changed("site") <= {"Names of Windows"}
    assert not any("restart" in script or "keygen" in script for script in desk.ran())


def test_host_whose_node_is_not_well_is_told_to_go_back(desk):
    desk.answer(**{" wait --endpoint": "no"})
    done = desk.controller.play("site", "-e", f"everleaf_node_program={desk.program}")
    assert done.returncode != 0
    assert "no; the host is back to what it ran before" in done.stdout
    assert desk.ran()[-1].endswith('deadman.cmd" back')
    assert desk.member().locked.version == ""


def test_upgrade_stages_judges_and_switches_and_touches_no_configuration(desk):
    desk.changed("site")
    desk.ran()
    desk.controller.fleet.write_text(FLEET.replace('"1.0"', '"2.0"'))
    changed = desk.changed("upgrade")
    assert {"Program of Windows", "Program in use", "Service"} <= changed
    assert not {task for task in changed if task.startswith(("Configuration", "Names"))}
    assert (desk.member().locked.version, desk.member().locked.public_key) == ("2.0", KEY)
    known, ran = changes(desk.member()), desk.ran()
    judged = next(place for place, script in enumerate(ran) if '2.0\\everleaf.exe" check --config' in script)
    assert judged < ran.index(known["program"].make) < ran.index(known["service"].make)


def test_host_is_left_with_the_lines_that_pyinfra_leaves_it_with(desk):
    desk.changed("site")
    desk.ran()
    desk.changed("remove", "-e", "everleaf_removal_purge=true")
    known, ran = changes(desk.member()), desk.ran()
    assert [ran.index(known[name].make) for name in ("stopped", "files", "state")]
    assert desk.member().locked is None
