"""Which machine is which: a table of what machines show of themselves."""

from __future__ import annotations

import pytest

from everleaf.errors import UsageError
from everleaf.platform import platforms
from everleaf.platform.detect import MARKS, VYATTA, Traits, manager_of, observe, platform_of

SYSTEMD, OPENRC, UPDATE_RC = "/run/systemd/system", "/run/openrc", "/usr/sbin/update-rc.d"


def linux(first: str, *marks: str, **release: str) -> Traits:
    return Traits("Linux", release, first, frozenset(marks))


MACHINES = {
    "Debian": (linux("systemd", SYSTEMD, UPDATE_RC, ID="debian"), "debian", "systemd"),
    "Debian with sysvinit": (linux("init", UPDATE_RC, ID="debian"), "debian", "sysvinit"),
    "Debian with OpenRC": (linux("init", OPENRC, UPDATE_RC, ID="debian"), "debian", "openrc"),
    "Debian with runit": (linux("runit", UPDATE_RC, ID="debian"), "debian", "runit"),
    "Debian in a container": (linux("sh", UPDATE_RC, ID="debian"), "debian", "pidfile"),
    "Ubuntu": (linux("systemd", SYSTEMD, ID="ubuntu", ID_LIKE="debian"), "debian", "systemd"),
    "Mint": (linux("systemd", SYSTEMD, ID="linuxmint", ID_LIKE="ubuntu debian"), "debian", "systemd"),
    "Fedora": (linux("systemd", SYSTEMD, ID="fedora"), "fedora", "systemd"),
    "Rocky": (linux("systemd", SYSTEMD, ID="rocky", ID_LIKE="rhel centos fedora"), "fedora", "systemd"),
    "Alpine": (linux("init", OPENRC, ID="alpine"), "alpine", "openrc"),
    "Alpine in a container": (linux("sh", ID="alpine"), "alpine", "pidfile"),
    "Void": (linux("runit", ID="void"), "void", "runit"),
    "OpenWrt": (linux("procd", ID="openwrt", ID_LIKE="lede openwrt"), "openwrt", "procd"),
    "EdgeOS": (linux("systemd", SYSTEMD, UPDATE_RC, VYATTA, ID="debian"), "edgeos", "vyatta"),
    "VyOS": (linux("systemd", SYSTEMD, VYATTA, ID="vyos", ID_LIKE="debian"), "vyos", "vyatta"),
    "Arch, of which nothing is known": (linux("systemd", SYSTEMD, ID="arch"), "linux", "systemd"),
    "no release file": (linux("init"), "linux", "pidfile"),
    "FreeBSD": (Traits("FreeBSD", {"ID": "freebsd"}, "", frozenset()), "freebsd", "freebsd"),
    "DragonFly": (Traits("DragonFly", {}, "", frozenset()), "dragonfly", "dragonfly"),
    "OpenBSD": (Traits("OpenBSD", {}, "", frozenset()), "openbsd", "openbsd"),
    "NetBSD": (Traits("NetBSD", {}, "", frozenset()), "netbsd", "netbsd"),
    "macOS": (Traits("Darwin", {}, "", frozenset()), "macos", "launchd"),
    "Windows": (Traits("Windows", {}, "", frozenset()), "windows", "windows"),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_is_known_by_its_traits(machine):
    traits, home, by = MACHINES[machine]
    found = platform_of(traits)
    assert (found.name, manager_of(traits, found).name) == (home, by)


def test_every_platform_is_some_machine():
    assert {home for _, home, _ in MACHINES.values()} == set(platforms())


def test_a_system_without_a_row_is_refused():
    with pytest.raises(UsageError, match="SunOS is no system that everleaf knows; it knows Linux, FreeBSD, "):
        platform_of(Traits("SunOS", {}, "init", frozenset()))


def test_traits_are_read_from_files(tmp_path):
    for path in ("etc", "usr/lib", "proc/1", SYSTEMD[1:]):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "etc/os-release").write_text(
        "# a comment\nID='alpine'\nNAME=\"Alpine Linux\"\nVERSION_ID=3.20\nbroken\n"
    )
    (tmp_path / "usr/lib/os-release").write_text("ID=other\n")
    (tmp_path / "proc/1/comm").write_text("systemd\n")
    traits = observe(tmp_path)
    assert traits.os_release == {"ID": "alpine", "NAME": "Alpine Linux", "VERSION_ID": "3.20"}
    assert (traits.first, traits.marks) == ("systemd", frozenset({SYSTEMD}))
    assert traits.marks <= set(MARKS)


def test_a_machine_without_such_files_has_no_traits(tmp_path):
    traits = observe(tmp_path)
    assert (traits.os_release, traits.first, traits.marks) == ({}, "", frozenset())
