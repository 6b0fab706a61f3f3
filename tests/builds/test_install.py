"""install.sh, run by several shells on releases that are right and on others."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from builds.release.directory import make
from builds.release.signing import Signer

from unit.fleet.test_releases import Server
from unit.release.workshop import VERSION, built, secret_key

SCRIPT = Path(__file__).parents[2] / "builds/install.sh"
SHELLS = (["dash"], ["mksh"], ["busybox", "sh"], ["bash", "--posix"])
NEEDED = ("cat", "chmod", "cp", "curl", "cut", "dd", "dirname", "grep", "head", "id", "minisign", "mkdir", "mktemp")
NEEDED += ("mv", "od", "openssl", "printf", "rm", "sed", "sha256sum", "tail", "tr", "wc")
HERE = {"uname -s": "Linux", "uname -m": "x86_64", "getconf GNU_LIBC_VERSION": "glibc 2.36"}


class Machine:
    """A directory, and a PATH with what a system has and says of itself."""

    def __init__(self, directory: Path) -> None:
        self.bin = directory / "bin"
        self.to = directory / "to"
        self.bin.mkdir()
        for name in NEEDED:
            (self.bin / name).symlink_to(shutil.which(name))
        self.says(HERE)

    def says(self, answers: dict[str, str]) -> None:
        for program in {line.split()[0] for line in answers}:
            cases = "".join(f'"{line}") echo "{said}" ;;\n' for line, said in answers.items())
            path = self.bin / program
            path.write_text(f'#!/bin/sh\ncase "{program} $*" in\n{cases}*) exit 1 ;;\nesac\n')
            path.chmod(0o755)

    def lacks(self, *names: str) -> None:
        for name in names:
            (self.bin / name).unlink()

    def install(self, release, *words: str, shell=("dash",)) -> subprocess.CompletedProcess[str]:
        """Run the release's own script; it must leave nothing but the program."""
        command = [shutil.which(shell[0]), *shell[1:], release / "install.sh", "--to", self.to, *words]
        environment = {"PATH": str(self.bin), "HOME": str(self.to.parent), "TMPDIR": str(self.to.parent)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert {path.name for path in self.to.parent.iterdir()} <= {"bin", "to", "release"}
        assert {path.name for path in self.to.glob(".*")} == set()
        return done

    @property
    def program(self) -> str:
        """Which one was installed; "" for none."""
        file = next(self.to.glob("everleaf*"), self.to / "everleaf")
        return file.read_text().splitlines()[1].removeprefix("# ") if file.exists() else ""


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def release(published, tmp_path):
    """A copy that may be harmed."""
    return shutil.copytree(published, tmp_path / "release")


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize("judge", ["minisign", "OpenSSL"])
def test_program_is_judged_installed_and_not_started(machine, published, signer, shell, judge):
    if judge == "OpenSSL":
        machine.lacks("minisign")
    done = machine.install(published, shell=shell)
    assert done.returncode == 0, done.stderr
    assert f"is of version {VERSION} and signed by {signer.public()}, says {judge}" in done.stderr
    assert machine.program == "linux-x86_64-glibc231"
    assert os.access(machine.to / "everleaf", os.X_OK)
    assert "Nothing was started" in done.stderr
    assert "everleaf service install" in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 4  # and no complaint of a tool's


def test_script_is_clean():
    subprocess.run([Path(sys.executable).with_name("shellcheck"), "-s", "sh", SCRIPT], check=True)
    for shell in SHELLS:
        subprocess.run([*shell, "-n", SCRIPT], check=True)


def other_key(release, tmp_path):
    (tmp_path / "other").mkdir()
    dist = built(tmp_path / "other/dist")
    make(dist, tmp_path / "other/release", VERSION, Signer.open(secret_key(tmp_path / "other")), 0)
    for name in ("SHA256SUMS", "SHA256SUMS.minisig"):
        shutil.copy(tmp_path / "other/release" / name, release)
    shutil.rmtree(tmp_path / "other")


def comment(release, old, new):
    path = release / "SHA256SUMS.minisig"
    path.write_text(path.read_text().replace(old, new))


HARM = {
    "changed sums": (lambda at, _: append(at / "SHA256SUMS"), "the signature is wrong, or"),
    "another key": (other_key, "the signature is wrong, or of another key"),
    "changed comment": (lambda at, _: comment(at, VERSION, "9.9.9"), "the signature is wrong"),
    "signature of the index": (
        lambda at, _: shutil.copy(at / "index.json.minisig", at / "SHA256SUMS.minisig"),
        "the signature is wrong",
    ),
    "no signature": (lambda at, _: (at / "SHA256SUMS.minisig").unlink(), "lacks SHA256SUMS.minisig"),
    "swapped program": (
        lambda at, _: shutil.copy(
            at / f"everleaf-{VERSION}-linux-x86_64-static", at / f"everleaf-{VERSION}-linux-x86_64-glibc231"
        ),
        "glibc231 is not the one of SHA256SUMS",
    ),
}


def append(path):
    path.write_text(path.read_text() + "\n")


@pytest.mark.parametrize("judge", ["minisign", "OpenSSL"])
@pytest.mark.parametrize(("harm", "words"), HARM.values(), ids=HARM)
def test_release_that_is_not_right_is_refused(machine, release, tmp_path, judge, harm, words):
    if judge == "OpenSSL":
        machine.lacks("minisign")
    harm(release, tmp_path)
    done = machine.install(release)
    assert done.returncode == 1
    assert words in done.stderr
    assert machine.program == ""


@pytest.mark.parametrize("judge", ["minisign", "OpenSSL"])
def test_sums_of_another_version_are_refused(machine, published, judge):
    if judge == "OpenSSL":
        machine.lacks("minisign")
    done = machine.install(published, "--version", "1.5.0")
    assert "is not that of version 1.5.0: its signature says file:SHA256SUMS\tversion:1.4.2" in done.stderr
    assert (done.returncode, machine.program) == (1, "")


def test_without_a_judge_it_stops_unless_told_otherwise(machine, published):
    machine.lacks("minisign", "openssl")
    done = machine.install(published)
    assert "nothing here can judge the signature: install minisign" in done.stderr
    assert (done.returncode, machine.program) == (1, "")
    done = machine.install(published, "--unsigned")
    assert "nobody vouches for this release" in done.stderr
    assert (done.returncode, machine.program) == (0, "linux-x86_64-glibc231")


MACHINES = {
    "old Linux": ({"getconf GNU_LIBC_VERSION": "glibc 2.17"}, "linux-x86_64-static"),
    "new Linux": ({"getconf GNU_LIBC_VERSION": "glibc 2.99"}, "linux-x86_64-glibc299"),
    "Alpine": ({"getconf nothing": ""}, "linux-x86_64-static"),
    "RISC-V": ({"uname -s": "Linux", "uname -m": "riscv64"}, "linux-riscv64-static"),
    "MIPS in the byte order of this machine": ({"uname -s": "Linux", "uname -m": "mips"}, "linux-mipsel-static"),
    "FreeBSD 15": (
        {"uname -s": "FreeBSD", "uname -m": "amd64", "uname -r": "15.0-RELEASE"},
        "freebsd14-x86_64",
    ),
    "OpenBSD": ({"uname -s": "OpenBSD", "uname -m": "amd64", "uname -r": "7.8"}, "openbsd78-x86_64"),
    "macOS": ({"uname -s": "Darwin", "uname -m": "arm64", "sw_vers -productVersion": "15.1"}, "macos13-arm64"),
    "Windows with a POSIX shell": (
        {"uname -s": "MINGW64_NT-10.0-19045", "uname -m": "x86_64"},
        "windows-x86_64.exe",
    ),
    "FreeBSD 13": ({"uname -s": "FreeBSD", "uname -m": "amd64", "uname -r": "13.2-RELEASE"}, ""),
    "another OpenBSD": ({"uname -s": "OpenBSD", "uname -m": "amd64", "uname -r": "7.9"}, ""),
    "an unknown machine": ({"uname -s": "Linux", "uname -m": "s390x"}, ""),
    "an unknown system": ({"uname -s": "Plan9", "uname -m": "amd64"}, ""),
}


@pytest.mark.parametrize(("answers", "program"), MACHINES.values(), ids=MACHINES)
def test_machine_gets_the_program_that_fits_it(machine, published, answers, program):
    machine.says(answers)
    done = machine.install(published)
    assert machine.program == program, done.stderr
    assert (done.returncode == 0) is bool(program)
    if not program:
        assert re.search("has no program for|is not a system that this script knows", done.stderr)


def test_windows_gets_its_suffix_and_other_advice(machine, published):
    machine.says({"uname -s": "MINGW64_NT-10.0-19045", "uname -m": "x86_64"})
    done = machine.install(published)
    assert [path.name for path in machine.to.iterdir()] == ["everleaf.exe"]
    assert "for a service take the .zip" in done.stderr
    assert "sudo" not in done.stderr


def test_link_of_a_service_is_left_alone(machine, published):
    machine.to.mkdir()
    (machine.to / "everleaf").symlink_to("/usr/local/lib/everleaf/everleaf-1.0")
    done = machine.install(published)
    assert done.returncode == 1
    assert "a service of this machine uses it" in done.stderr
    assert (machine.to / "everleaf").is_symlink()


def test_program_that_does_not_run_replaces_nothing(machine, release, signer, tmp_path):
    machine.to.mkdir()
    (machine.to / "everleaf").write_text("#!/bin/sh\n# the one before\n")
    shutil.rmtree(release)
    dist = built(tmp_path / "dist")
    (dist / f"everleaf-{VERSION}-linux-x86_64-glibc231").write_text(
        "#!/bin/sh\n# bad\necho core does not load\nexit 1\n"
    )
    make(dist, release, VERSION, signer, 0)
    shutil.rmtree(dist)
    done = machine.install(release)
    assert done.returncode == 1
    assert "core does not load" in done.stderr
    assert "does not run well on this machine" in done.stderr
    assert machine.program == "the one before"


def test_release_is_fetched_from_a_server(machine, published):
    server = Server(published)
    done = machine.install(published, "--from", server.url)
    server.close()
    assert done.returncode == 0, done.stderr
    assert machine.program == "linux-x86_64-glibc231"
    assert server.asked == [
        f"/{name}" for name in ("SHA256SUMS", "SHA256SUMS.minisig", "everleaf-1.4.2-linux-x86_64-glibc231")
    ]


def test_script_of_the_tree_asks_for_key_and_version(machine, published):
    for words, asked in (([], "--from"), (["--from", published], "--version"), (["--fro"], "is no option")):
        done = subprocess.run(["dash", SCRIPT, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert asked in done.stderr
    done = subprocess.run(["dash", SCRIPT, "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:26]) == (0, "usage: install.sh [--from ")
    words = ["--from", published, "--version", VERSION, "--to", machine.to]
    done = subprocess.run(["dash", SCRIPT, *words], capture_output=True, text=True, check=False)
    assert "this script has no key: give the maker's with --key" in done.stderr
