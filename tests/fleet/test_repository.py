"""A repository that `everleaf-fleet new` made, used as its README and its workflow say; hosts are only looked at."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from everleaf_fleet.cli import main
from fleet.controller import built
from unit.fleet.test_new import commands

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]  # one process after the other, each of a few seconds
PROGRAMS = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A fleet for both tools of one host, which is this one."""
    made = tmp_path_factory.mktemp("fleet") / "lab"
    assert main(["new", str(made), "--no-input", "--set", "hosts=alpha"]) == 0
    fleet = made / "fleet.toml"
    fleet.write_text(fleet.read_text().replace("[defaults]", '[defaults]\nconnector = "local"\n#'))
    (made / "dist").mkdir()
    (made / "dist" / "everleaf").write_text("#!/bin/sh\n")
    return made


def attempt(repository, command):
    """Run a command there, at home beside it."""
    words = os.environ | PROGRAMS | {"HOME": str(repository.parent)}
    return subprocess.run(command, shell=True, cwd=repository, env=words, capture_output=True, text=True, check=False)


def run(repository, command):
    """What a command says that succeeds."""
    done = attempt(repository, command)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def files(repository):
    """All that a command could have changed there."""
    return {path: path.read_bytes() for path in repository.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def rehearsals(repository, program, name, *dry):
    """Every command of the README and of the workflow that runs `program`: once, about `name`, and changing nothing."""
    jobs = yaml.safe_load((repository / ".github/workflows/fleet.yml").read_text())["jobs"]
    steps = [shlex.split(step["run"]) for job in jobs.values() for step in job["steps"] if "run" in step]
    found = [words for words in commands((repository / "README.md").read_text()) + steps if words[0] == program]
    plain = [[name if word == "NAME" else word for word in words if word not in dry] for words in found]
    return sorted({" ".join([*words, *dry]) for words in plain})


def test_fleet_is_judged_rendered_and_compared(repository):
    before = files(repository)
    named = rehearsals(repository, "everleaf-fleet", "alpha")
    looks = {"everleaf-fleet check": 0, "everleaf-fleet render alpha": 0, "everleaf-fleet plan": 2}
    assert looks.keys() <= set(named)  # the others change hosts, and this machine is one
    for command, status in looks.items():
        assert attempt(repository, command).returncode == status
    assert files(repository) == before


def test_pyinfra_shows_what_it_would_do(repository):
    before = files(repository)
    said = "".join(run(repository, command) for command in rehearsals(repository, "pyinfra", "core", "--dry"))
    for step in ("install | program", "install | configuration", "status | health", "rollback | program"):
        assert step in said
    assert files(repository) == before


def test_ansible_shows_what_it_would_do(repository):
    built(repository)
    before = files(repository)
    assert '"alpha"' in "".join(run(repository, one) for one in rehearsals(repository, "ansible-inventory", "all"))
    said = "".join(run(repository, command) for command in rehearsals(repository, "ansible-playbook", "all", "--check"))
    for step in ("everleaf_node : Program]", "everleaf_node : Configuration]", "everleaf_upgrade : Judgement"):
        assert step in said
    assert files(repository) == before


def test_ansible_refuses_a_fleet_with_a_mistake(repository):
    fleet = repository / "fleet.toml"
    right = fleet.read_text()
    fleet.write_text(right.replace("mtu =", "mut ="))
    done = attempt(repository, "ansible-playbook site.yml --check")
    fleet.write_text(right)
    assert done.returncode != 0
    assert "did you mean mtu?" in done.stderr
