"""Manual pages and completions: nothing that a parser knows is missing, and their readers find no fault."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from builds.manuals.command import PROGRAMS, Command
from builds.manuals.files import write

from everleaf.config.model import Config
from everleaf.config.option import options

TRY = """
. "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
"_${1//-/_}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def share(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("share")
    write(directory, 1_700_000_000)
    return directory


def every(command: Command):
    yield command
    for one in command.inner:
        yield from every(one)


def rendered(path: Path) -> str:
    plain = subprocess.run(["mandoc", "-Tascii", path], check=True, capture_output=True, text=True).stdout
    return re.sub(".\b", "", plain)


@pytest.mark.parametrize("page", ["man1/everleaf.1", "man1/everleaf-fleet.1", "man5/everleaf.toml.5"])
def test_page_is_without_fault(share, page):
    command = ["mandoc", "-Tlint", "-Wwarning", share / "man" / page]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)
    assert "November 14, 2023" in rendered(share / "man" / page)


@pytest.mark.parametrize("program", PROGRAMS)
def test_page_has_every_command_and_option(share, program):
    page = rendered(share / f"man/man1/{program}.1")
    for command in every(PROGRAMS[program]()):
        assert re.search(rf"^ *{re.escape(command.name)}\b", page, re.MULTILINE), command.name
        for option in command.options:
            assert all(flag in page for flag in option.flags), option
    assert "usage" not in page


def test_page_of_the_configuration_has_every_key_with_its_default(share):
    page = rendered(share / "man/man5/everleaf.toml.5")
    for table in options(Config):
        cls = table.metadata.get("section") or table.metadata["sections"]
        assert f"[{table.name}]" in page
        for item in options(cls):
            if "doc" in item.metadata:
                assert re.search(rf"^ *{item.name} = ", page, re.MULTILINE), item.name
                assert item.metadata["doc"].split()[0] in page


def completed(share, *words: str, cwd: Path | None = None) -> list[str]:
    """What bash offers for the last word."""
    script = share / "bash-completion/completions" / words[0]
    command = ["bash", "-c", TRY, "bash", script, *words]
    done = subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize("program", PROGRAMS)
def test_bash_offers_what_each_command_knows(share, program):
    def judge(command: Command, *before: str) -> None:
        flags = [flag for option in command.options for flag in option.flags if flag.startswith("--")]
        assert completed(share, *before, "--") == flags
        if command.inner:
            assert completed(share, *before, "") == [*(one.name for one in command.inner), *flags]
        for one in command.inner:
            judge(one, *before, one.name)

    judge(PROGRAMS[program](), program)


def test_bash_offers_files_where_they_are_wanted(share, tmp_path):
    (tmp_path / "node.toml").touch()
    assert completed(share, "everleaf", "check", "--config", "no", cwd=tmp_path) == ["node.toml"]
    assert completed(share, "everleaf", "verify", "no", cwd=tmp_path) == ["node.toml"]
    assert completed(share, "everleaf", "service", "--json", "pri") == ["print"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_zsh_and_fish_are_told_of_every_command_and_option(share, program):
    for path in (share / f"zsh/site-functions/_{program}", share / f"fish/vendor_completions.d/{program}.fish"):
        text = path.read_text()
        assert text.count("'") % 2 == 0 or "\\'" in text
        for command in PROGRAMS[program]().inner:
            assert re.search(rf"(^|\W){command.name}(\W)", text)
            for option in command.options:
                assert all(flag.removeprefix("--") in text for flag in option.flags if flag.startswith("--"))
