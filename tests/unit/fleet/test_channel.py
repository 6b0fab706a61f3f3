"""Which program a host gets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from everleaf import __version__
from everleaf.errors import UnavailableError
from everleaf.platform import platform
from everleaf_fleet.channel import package, program
from everleaf_fleet.model.reader import loads
from unit.fleet.test_reader import FLEET


@pytest.fixture
def fleet(tmp_path):
    (tmp_path / "dist").mkdir()
    return replace(loads(FLEET.encode(), tmp_path / "fleet.toml"), version="1.4.2")


def put(fleet, *names):
    for name in names:
        (fleet.file.parent / "dist" / name).touch()


def found(fleet, home="freebsd", machine="amd64"):
    return program(fleet, platform(home), machine).name


def test_most_specific_program_is_taken(fleet):
    names = ["everleaf-1.4.2", "everleaf-1.4.2-freebsd-amd64"]
    for name in names:
        put(fleet, name)
        assert found(fleet) == name
    put(fleet, "everleaf-1.4.2-linux-x86_64")
    assert found(fleet, "alpine", "x86_64") == "everleaf-1.4.2-linux-x86_64"
    put(fleet, "everleaf-1.4.2-alpine-x86_64")
    assert found(fleet, "alpine", "x86_64") == "everleaf-1.4.2-alpine-x86_64"


NAMES = [
    "everleaf-1.4.2-linux-x86_64-glibc231",
    "everleaf-1.4.2-linux-x86_64-glibc236",
    "everleaf-1.4.2-linux-x86_64-static",
    "everleaf-1.4.2-linux-armhf-static",
    "everleaf-1.4.2-linux-mips-static",
    "everleaf-1.4.2-linux-mipsel-static",
    "everleaf-1.4.2-linux-mipsel-glibc236",
    "everleaf-1.4.2-macos13-arm64",
    "everleaf-1.4.2-freebsd14-x86_64",
    "everleaf-1.4.2-freebsd15-x86_64",
    "everleaf-1.4.2-windows-x86_64.exe",
    "everleaf-1.4.2-windows-x86_64.tgz",
]


@pytest.mark.parametrize(
    ("home", "machine", "ending"),
    [
        ("debian", "x86_64", "linux-x86_64-glibc231"),
        ("alpine", "x86_64", "linux-x86_64-static"),
        ("debian", "armv7l", "linux-armhf-static"),
        ("edgeos", "mips64", "linux-mips-static"),
        ("edgeos", "mips", "linux-mipsel-static"),
        ("macos", "arm64", "macos13-arm64"),
        ("freebsd", "amd64", "freebsd14-x86_64"),
        ("windows", "amd64", "windows-x86_64.tgz"),
    ],
)
def test_names_of_a_release_are_found_by_what_hosts_say(fleet, home, machine, ending):
    put(fleet, *NAMES)
    assert found(fleet, home, machine) == f"everleaf-1.4.2-{ending}"


@pytest.mark.parametrize(("machine", "word"), [("mips64", "mips"), ("mips", "mipsel")])
def test_package_is_the_one_for_the_router_s_machine_and_no_program_is_taken_for_one(fleet, machine, word):
    put(fleet, *NAMES)
    assert package(fleet, machine) is None
    put(fleet, *(f"everleaf_1.4.{patch}-1edgeos_{word}.deb" for word in ("mips", "mipsel") for patch in (1, 2)))
    found = package(fleet, machine)
    assert found
    assert found.name == f"everleaf_1.4.2-1edgeos_{word}.deb"


@pytest.mark.parametrize(("home", "machine"), [("debian", "aarch64"), ("openbsd", "amd64"), ("alpine", "i686")])
def test_machine_that_a_release_leaves_out_gets_nothing(fleet, home, machine):
    put(fleet, *NAMES)
    with pytest.raises(UnavailableError):
        found(fleet, home, machine)


def test_program_of_another_version_or_machine_is_never_taken(fleet):
    put(fleet, "everleaf", "everleaf-1.4.1", "everleaf-1.4.2-freebsd-arm64", "everleaf-1.4.2-openbsd-amd64")
    with pytest.raises(UnavailableError, match=r"there is no .*/dist/everleaf-1.4.2-freebsd-amd64; put it there"):
        found(fleet)


def test_what_make_freeze_left_is_this_version_for_linux(fleet):
    put(fleet, "everleaf")
    here = replace(fleet, version=__version__)
    assert found(here, "debian", "x86_64") == "everleaf"
    with pytest.raises(UnavailableError):
        found(here, "freebsd")


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_channel_is_a_directory_beside_the_fleet_s_file_or_anywhere(fleet, scheme, tmp_path):
    put(fleet, "everleaf-1.4.2")
    anywhere = loads(
        FLEET.replace('version = "0.1.0"', f'version = "1.4.2"\nchannel = "{scheme}{tmp_path}/dist"').encode()
    )
    assert found(anywhere) == "everleaf-1.4.2"
