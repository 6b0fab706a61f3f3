"""What a release consists of, and who judges it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from base64 import b64encode
from importlib import metadata
from pathlib import Path

import pytest
from builds.release import sbom, signing
from builds.release.artefact import describe
from builds.release.directory import judge, make
from builds.release.inside import Component, inside, libraries
from builds.release.sbom import bill
from builds.release.signing import Signer
from builds.target import find
from builds.zig import Zig, runtime
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from everleaf.errors import OutputError, UnavailableError, UntrustedError, UsageError
from unit.release.workshop import PROGRAMS, VERSION, built, secret_key

TABLE = Path(__file__).parents[2] / "builds/release/components.toml"
FROZEN = Path(__file__).parents[2] / "dist" / "everleaf"


def rows(release):
    return {row["name"]: row for row in json.loads((release / "index.json").read_text())["files"]}


def test_release_has_all_that_was_built_and_what_describes_it(published):
    files = {f"everleaf-{VERSION}-{name}" for name in PROGRAMS}
    files |= {
        f"everleaf-{VERSION}-linux-x86_64-glibc231.tgz",
        f"everleaf_{VERSION}_amd64.deb",
        f"everleaf-{VERSION}.cdx.json",
        "install.sh",
    }
    assert set(rows(published)) == files
    signed = files | {"index.json", "SHA256SUMS"}
    assert {path.name for path in published.iterdir()} == signed | {f"{name}.minisig" for name in signed}
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=published, check=True)


def test_real_minisign_takes_every_signature_and_says_name_and_version(published, signer):
    for signature in published.glob("*.minisig"):
        file = signature.name.removesuffix(".minisig")
        command = ["minisign", "-V", "-Q", "-P", signer.public(), "-m", file]
        done = subprocess.run(command, cwd=published, check=True, capture_output=True, text=True)
        assert done.stdout == f"file:{file}\tversion:{VERSION}\n"


@pytest.mark.parametrize(
    ("name", "words"),
    {
        "linux-x86_64-glibc231": ("program", "linux", "x86_64", "glibc", "glibc 2.31"),
        "linux-mips-static": ("program", "linux", "mips", "static", ""),
        "freebsd14-x86_64": ("program", "freebsd", "x86_64", "", "freebsd 14"),
        "windows-x86_64.exe": ("program", "windows", "x86_64", "", ""),
        "windows-x86_64.zip": ("folder", "windows", "x86_64", "", ""),
        "linux-armhf-static.tgz": ("folder", "linux", "armhf", "static", ""),
        "1.x86_64.rpm": ("rpm", "", "", "", ""),
    }.items(),
)
def test_names_say_what_files_are(name, words, tmp_path):
    path = tmp_path / f"everleaf-{VERSION}-{name}"
    path.touch()
    row = describe(path)
    assert (row.form, row.os, row.arch, row.libc, row.minimum) == words


@pytest.mark.parametrize(
    "name", ["index.json", "SHA256SUMS", "install.sh", f"everleaf-{VERSION}-linux-x86_64-static", "index.json.minisig"]
)
def test_change_of_any_file_is_noticed(published, signer, tmp_path, name):
    copy = shutil.copytree(published, tmp_path / "copy")
    judge(copy, signer.public())
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(UntrustedError):
        judge(copy, signer.public())


def test_same_files_make_the_same_release(published, signer, tmp_path):
    make(built(tmp_path / "dist"), tmp_path / "again", VERSION, signer, 0)
    for path in published.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_release_is_made_whole_or_not_at_all(signer, tmp_path):
    dist = built(tmp_path / "dist")
    with pytest.raises(UsageError, match=r"nothing of version 2\.0"):
        make(dist, tmp_path / "release", "2.0", signer, 0)
    broken = tmp_path / "broken"
    broken.write_text("untrusted comment: x\nUldRAAAAAAA=\n")
    with pytest.raises(UntrustedError, match="minisign signs nothing"):
        make(dist, tmp_path / "release", VERSION, Signer.open(broken), 0)
    assert {path.name for path in tmp_path.iterdir()} == {"dist", "broken"}
    (tmp_path / "release").mkdir()
    with pytest.raises(OutputError, match="never changed"):
        make(dist, tmp_path / "release", VERSION, signer, 0)


def test_key_with_a_password_is_asked_for_it_and_only_minisign_told(tmp_path, monkeypatch):
    """Real ones take a second of scrypt each: here minisign is a program that keeps what it hears."""
    secret = tmp_path / "secret"
    secret.write_text(f"untrusted comment: encrypted\n{b64encode(b'EdScB2' + bytes(152)).decode()}\n")
    fake = tmp_path / "minisign"
    fake.write_text(f'#!/bin/sh\ncat >{tmp_path}/heard\necho "$@" >{tmp_path}/words\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(signing, "getpass", lambda *_, **__: "hush")
    owner = Signer.open(secret)
    owner.sign(tmp_path / "file", "1.0")
    assert (tmp_path / "heard").read_text() == "hush\n"
    assert "hush" not in (tmp_path / "words").read_text() + repr(owner)


def test_public_key_cannot_sign(tmp_path):
    with pytest.raises(UnavailableError, match="no secret key of minisign"):
        Signer.open(tmp_path / "nothing")
    Signer.open(secret_key(tmp_path))


def test_bill_of_materials_is_cyclonedx(published):
    text = (published / f"everleaf-{VERSION}.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert [part["name"] for part in json.loads(text)["components"]] == sorted(
        name for name, row in rows(published).items() if row["form"] == "program"
    )


def test_bill_may_name_every_licence_of_the_table(tmp_path, monkeypatch):
    rows = tomllib.loads(TABLE.read_text("utf-8"))
    monkeypatch.setattr(sbom, "inside", lambda _: [Component(name, "", row["licence"]) for name, row in rows.items()])
    (tmp_path / "program").touch()
    text = bill("1", [(tmp_path / "program", describe(tmp_path / "program"))], 0)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    named = {row["licence"] for row in rows.values()} - {""}  # Microsoft has one that SPDX has no name for
    assert named <= set(re.findall('"id": "(.*)"', text))


def told(blobs):
    return {one.name: one.version for one in libraries(blobs)}


def test_libraries_are_found_in_files_of_their_own_and_in_what_they_are_linked_into():
    openssl = b"..OpenSSL 3.5.7 9 Jun 2026\0"
    core = {
        "everleaf/_core.abi3.so": openssl + b"\x001.0.18\x00",
        "libffi.so.8": b"",
        "libexpat.so.1": b"..expat_2.5.0\0",
        "x.so": b"OpenSSL 1.1.1 1 Jan 2020",
    }
    assert told(core) == {"openssl": "3.5.7", "libsodium": "1.0.18", "libffi": "", "expat": "2.5.0"}
    static = {"": openssl + b"\x003.13.5\x00 inflate 1.3.1 Copyright"}
    assert told(static) == {"openssl": "3.5.7", "python": "3.13.5", "zlib": "1.3.1"}
    decimal = {"python3.11/lib-dynload/_decimal.cpython-311-mipsel-linux-gnu.so": b"..\x002.5.1\x00"}
    assert told(decimal) == {"libmpdec": "2.5.1"}
    assert told({"loader": b".. inflate 1.3.2 Copyright", "x": b" inflate 1.1.1 Copyright"}) == {"zlib": "1.3.2"}
    windows = {"everleaf/_core.pyd": openssl, "python313.dll": b"\x003.13.11\x00", "VCRUNTIME140.dll": b""}
    assert told(windows) == {"openssl": "3.5.7", "python": "3.13.11", "zlib": "", "vcruntime": ""}
    windows |= {"python313.dll": b"\x003.13.11\x00\x001.3.1\x00", "_decimal.pyd": b"\x001.70\x00\x004.0.0\x00"}
    assert told(windows) == {
        "openssl": "3.5.7",
        "python": "3.13.11",
        "zlib": "1.3.1",
        "libmpdec": "4.0.0",
        "vcruntime": "",
    }


MUSL = {"musl": r"1\.2\.[0-9]+"}
MINGW = dict.fromkeys(["mingw-w64", "winpthreads"], r"1[0-9]\.[0-9]+\.[0-9]+")


@pytest.mark.parametrize(
    ("target", "file", "versions"),
    [("linux-mips-static", "", MUSL), ("windows-x86_64", "everleaf/_core.pyd", MINGW)],
)
def test_what_the_compiler_links_in_is_found_with_its_version(target, file, versions):
    found = told({file: b"..\x00" + runtime(find(target).triple).encode() + b"\x00"})
    assert found.pop("zig-compiler-rt") == metadata.version("ziglang")
    assert found.keys() == versions.keys()
    for name, version in versions.items():
        assert re.fullmatch(version, found[name])


@pytest.mark.slow
@pytest.mark.parametrize("target", ["linux-x86_64-static", "windows-x86_64"])
def test_program_says_what_the_compiler_links_in_though_nothing_in_it_asks(target, tmp_path):
    main, program = tmp_path / "main.c", tmp_path / "program"
    main.write_text("int main(void) { return 0; }\n")
    zig = Zig.of(find(target), tmp_path / "zig")
    zig.run(["zig-cc", "-static", "-s", "-Wl,--gc-sections", *zig.telling(), main, "-o", program])
    assert runtime(zig.triple).encode() in program.read_bytes()


@pytest.mark.frozen
@pytest.mark.slow
def test_bill_tells_of_the_frozen_file_what_it_says_itself():
    said = json.loads(subprocess.run([FROZEN, "version", "--json"], check=True, capture_output=True).stdout)
    versions = {one.name: one.version for one in inside(FROZEN)}
    assert {name: versions[name] for name in said["libraries"]} == said["libraries"]
    assert versions["python"] == said["python"]
    assert {"Jinja2", "MarkupSafe", "pyinstaller", "zlib"} <= versions.keys()
    text = bill("1", [(FROZEN, describe(FROZEN))], 0)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert re.search(r'"purl": "pkg:generic/openssl@3\.[0-9.]+"', text)
