"""What is in packages of every format, without installing them: tests/machines does that."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from builds.packages.form import FORMS
from builds.packages.package import package
from builds.packages.scripts import scripts
from builds.packages.stage import configs
from builds.target import Recipe, Target, targets

from everleaf.platform import manager
from everleaf.platform.service import service

SCRIPTS = [
    pytest.param(form, stage, text, id=f"{name}-{stage}")
    for name, form in FORMS.items()
    if name != "edgeos"
    for stage, text in scripts(form).items()
]
# By the names of programs, what Alpine and OpenWrt call machines: one by the instructions, the other by the core.
MACHINES = {"x86_64": "x86_64", "aarch64": "aarch64", "armhf": "armv7", "riscv64": "riscv64", "mipsel": "mipsel"}
FROM_DEBIAN = [target for target in targets().values() if target.recipe is Recipe.DEBIAN]


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("program") / "everleaf"
    path.write_text("#!/bin/sh\n")
    return path


def make(name, program, out, **words):
    machine = "mips" if name == "edgeos" else "x86_64"
    return package(name, program, machine, "1.4.2", out, **words)


def output(*command) -> bytes:
    return subprocess.run(command, check=True, capture_output=True).stdout


def members(path: Path, part: str = "data") -> dict[str, tarfile.TarInfo]:
    """By absolute path, what a package has for the root of a host; `part` names the archive in it."""
    if path.suffix == ".deb":
        archive = output("dpkg-deb", f"--{'fsys' if part == 'data' else 'ctrl'}-tarfile", path)
    elif path.suffix == ".ipk":
        with tarfile.open(path) as outer:
            archive = outer.extractfile(f"./{part}.tar.gz").read()
    else:  # an apk is several archives, one after the other
        archive = output("gzip", "-dc", path)
    with tarfile.open(fileobj=io.BytesIO(archive), ignore_zeros=True) as inner:
        return {f"/{one.name.removeprefix('./').rstrip('/')}": one for one in inner}


@pytest.mark.parametrize("name", ["deb", "apk", "ipk"])
def test_package_has_the_files_of_the_service_as_everybody_renders_them(name, program, tmp_path):
    form, there = FORMS[name], members(make(name, program, tmp_path))
    rendered = service(form.home, manager(form.home.manager)).files
    assert [file.content for file in form.service.files] == [file.content for file in rendered]
    for file in form.service.files:
        assert there[file.path].mode & 0o777 == int(file.mode, 8)
        assert there[file.path].size == len(file.content.encode())
    assert there[form.binary].issym()
    assert there["/usr/lib/everleaf/everleaf"].mode & 0o777 == 0o755
    assert {one.uid for one in there.values()} == {one.gid for one in there.values()} == {0}
    assert form.home.config in configs(form)


def test_router_s_package_is_the_wrapper_with_the_program(program, tmp_path):
    made = make("edgeos", program, tmp_path)
    assert made.name == "everleaf_1.4.2-1edgeos_mips.deb"
    there = members(made)
    grammar = "/opt/vyatta/share/vyatta-cfg/templates/interfaces/everleaf/node.def"
    assert {grammar, "/lib/systemd/system/everleaf@.service", "/usr/sbin/everleaf"} <= there.keys()
    assert not [path for path in there if path.startswith("/etc")]
    fields = subprocess.run(
        ["dpkg-deb", "-f", made, "Depends", "Architecture"], check=True, capture_output=True, text=True
    )
    assert fields.stdout == "Depends: vyatta-cfg, vyatta-op\nArchitecture: mips\n"
    assert "/conffiles" not in members(made, "control")


@pytest.mark.parametrize(("form", "stage", "text"), SCRIPTS)
def test_script_is_clean_for_every_shell(form, stage, text, tmp_path):
    script = tmp_path / stage
    script.write_text(text)
    for shell in (["dash"], ["mksh"], ["busybox", "sh"], ["bash", "--posix"]):
        subprocess.run([*shell, "-n", script], check=True)
    subprocess.run([Path(sys.executable).with_name("shellcheck"), "-s", "sh", script], check=True)
    assert form.home.config not in re.findall(r"(?:>|tee|sed -i\S*) *(\S+)", text)


@pytest.mark.parametrize(("form", "stage", "text"), SCRIPTS)
def test_script_starts_nothing_that_did_not_run(form, stage, text):  # noqa: ARG001 - the stage names the case
    """`start` is only ever said to people, and what runs is asked before a restart."""
    commands = form.service.commands
    said = "\n".join(line for line in text.splitlines() if commands["enable"] not in line)
    assert not re.search(rf"^\s*{re.escape(commands['start'])}", said, re.MULTILINE)
    before, _, _ = text.partition(" restart")
    assert " restart" not in text or f"if {commands['running']}; then" in before


@pytest.mark.parametrize("name", FORMS)
def test_same_program_makes_the_same_package(name, program, tmp_path):
    first, second = (make(name, program, tmp_path / place, epoch=1_700_000_000) for place in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_package_takes_the_place_of_the_one_before(program, tmp_path):
    first = make("deb", program, tmp_path, glibc="2.31")
    assert make("deb", program, tmp_path, glibc="2.36") == first
    assert b"2.36" in output("dpkg-deb", "-f", first, "Depends")


def test_package_of_debian_names_the_libc_that_its_program_asks_for(program, tmp_path):
    made = make("deb", program, tmp_path, glibc="2.31")
    assert b"libc6 (>= 2.31)" in output("dpkg-deb", "-f", made, "Depends")
    assert "/conffiles" in members(made, "control")


@pytest.mark.parametrize("target", FROM_DEBIAN, ids=lambda target: target.name)
def test_package_of_debian_names_the_machine_as_the_root_does_that_its_program_is_from(
    target: Target, program, tmp_path
):
    made = package("deb", program, target.name.split("-")[1], "1.4.2", tmp_path)
    assert output("dpkg-deb", "-f", made, "Architecture").decode().strip() == target.root.partition("-")[2]


@pytest.mark.parametrize("machine", MACHINES)
def test_package_of_alpine_names_the_machine_as_alpine_does(machine, program, tmp_path):
    made = package("apk", program, machine, "1.4.2", tmp_path)
    assert made.name == f"everleaf_1.4.2-r1_{MACHINES[machine]}.apk"
    with tarfile.open(fileobj=io.BytesIO(output("gzip", "-dc", made)), ignore_zeros=True) as inner:
        said = inner.extractfile(".PKGINFO").read().decode().splitlines()
    assert f"arch = {MACHINES[machine]}" in said


@pytest.mark.parametrize(("machine", "named"), [("x86_64", "x86_64"), ("mips", "mips_24kc"), ("mipsel", "mipsel_24kc")])
def test_package_of_openwrt_names_the_machine_as_openwrt_does(machine, named, program, tmp_path):
    made = package("ipk", program, machine, "1.4.2", tmp_path)
    assert made.name == f"everleaf_1.4.2-1_{named}.ipk"
    with tarfile.open(made) as outer, tarfile.open(fileobj=outer.extractfile("./control.tar.gz")) as inner:
        assert f"Architecture: {named}" in inner.extractfile("./control").read().decode().splitlines()
