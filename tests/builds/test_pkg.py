"""Recipes for other systems' packages: rendered, and their commands run against programs that only look."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from builds.pkg.recipe import SYSTEMS, recipe

from everleaf.errors import UsageError
from everleaf.platform import manager, platform
from everleaf.platform.service import service

POSIX = [name for name in SYSTEMS if name != "windows"]
TOOLS = {"freebsd": "pkg", "dragonfly": "pkg", "openbsd": "pkg_create", "netbsd": "pkg_create", "macos": "pkgbuild"}
LISTS = {"freebsd": "plist", "dragonfly": "plist", "openbsd": "packing-list", "netbsd": "packing-list"}


@pytest.fixture
def made(request, tmp_path):
    program = tmp_path / "everleaf"
    program.write_text("#!/bin/sh\n")
    out = tmp_path / "out"
    recipe(request.param, program, ("1.4.2", "amd64"), out)
    return request.param, out


@pytest.mark.parametrize("made", POSIX, indirect=True)
def test_stage_has_what_everybody_renders(made):
    name, out = made
    home = platform(name)
    for file in service(home, manager(home.manager)).files:
        assert (out / "stage" / file.path[1:]).read_text() == file.content
    assert (out / "stage" / home.binary[1:]).resolve() == (out / "stage" / home.versions[1:] / "everleaf").resolve()
    assert not (out / "stage" / home.config[1:]).exists()  # it is the administrator's; the package brings a sample
    assert (out / "stage" / f"{home.config[1:]}.sample").exists()


@pytest.mark.parametrize("made", LISTS, indirect=True)
def test_list_names_every_file_and_no_other(made):
    name, out = made
    listed = set()
    for line in (out / LISTS[name]).read_text().splitlines():
        word = re.sub(r"^@(sample|rcscript) ", "", line)
        if not word.startswith("@") and not word.endswith("/"):
            listed.add(word.lstrip("/"))
    there = {str(path.relative_to(out / "stage")) for path in (out / "stage").rglob("*") if not path.is_dir()}
    assert listed - {platform(name).config[1:]} == there


@pytest.mark.parametrize("made", POSIX, indirect=True)
def test_command_is_run_with_files_that_are_there(made, tmp_path):
    name, out = made
    tool = tmp_path / "bin" / TOOLS[name]
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{tmp_path}/words\npwd >{tmp_path}/where\n')
    tool.chmod(0o755)
    environment = {"PATH": f"{tool.parent}:{os.environ['PATH']}"}
    for shell in (["dash"], ["mksh"], ["busybox", "sh"]):
        subprocess.run([*shell, out / "make.sh"], env=environment, check=True)
    words = (tmp_path / "words").read_text().splitlines()
    assert (tmp_path / "where").read_text().strip() == str(out)
    taken = ("-M", "-p", "-d", "-f", "-B", "--root")
    files = [word for flag, word in pairwise(words) if flag in taken]
    assert files
    assert all((out / word).exists() for word in files)
    for script in [out / "make.sh", *out.glob("postinstall")]:
        subprocess.run([Path(sys.executable).with_name("shellcheck"), "-s", "sh", script], check=True)


@pytest.mark.parametrize("made", ["freebsd", "dragonfly"], indirect=True)
def test_manifest_starts_nothing_that_did_not_run(made):
    name, out = made
    manifest = json.loads((out / "manifest").read_text())
    assert manifest["arch"] == f"{platform(name).system}:*:amd64"
    for script in manifest["scripts"].values():
        subprocess.run(["dash", "-n"], input=script, text=True, check=True)
        assert "start" not in script.replace("onerestart", "") or "onestatus" in script


def test_installer_of_windows_is_wix_s(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/everleaf.exe").touch()
    recipe("windows", tmp_path / "folder", ("1.4.2", "x64"), tmp_path / "out")
    package = ElementTree.parse(tmp_path / "out/everleaf.wxs").getroot()[0]
    assert package.attrib["Version"] == "1.4.2"
    assert (tmp_path / "out/stage/everleaf.exe").exists()
    assert "ServiceInstall" not in ElementTree.tostring(package, "unicode")


def test_platform_of_nfpm_s_has_no_recipe(tmp_path):
    with pytest.raises(UsageError, match=r"python -m builds\.packages"):
        recipe("debian", tmp_path, ("1.4.2", "amd64"), tmp_path / "out")
