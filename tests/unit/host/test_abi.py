"""The tables of the kernels' numbers, as the back ends read them."""

from __future__ import annotations

import struct
import sys
import tomllib
from importlib import resources

import pytest

from everleaf.errors import HostError
from everleaf.host.abi import cpu_word, load, this_cpu

SYSTEMS = ("darwin", "dragonfly", "freebsd", "linux", "netbsd", "openbsd", "windows")
TABLES = {
    system: tomllib.loads(resources.files("everleaf.host.abi").joinpath(f"{system}.toml").read_text("utf-8"))
    for system in SYSTEMS
}
CPUS = [(system, cpu) for system in SYSTEMS for cpu in TABLES[system]["cpus"]]

MACHINES = [
    # what platform.machine() says, pointer bits, byte order, the tables' word
    ("x86_64", 64, "little", "x86_64"),
    ("x86_64", 32, "little", "x86"),  # a 32-bit program on a 64-bit kernel
    ("i686", 32, "little", "x86"),
    ("i586", 32, "little", "x86"),
    ("aarch64", 64, "little", "aarch64"),
    ("aarch64", 32, "little", "arm"),
    ("armv7l", 32, "little", "arm"),
    ("armv6l", 32, "little", "arm"),
    ("armv5tel", 32, "little", "arm"),
    ("armv8l", 32, "little", "arm"),
    ("mips", 32, "big", "mips"),
    ("mips", 32, "little", "mipsel"),  # the kernel's word does not know its byte order
    ("mips64", 64, "big", "mips64"),
    ("mips64", 64, "little", "mips64el"),
    ("mips64", 32, "big", "mips"),  # EdgeOS: o32 programs on a 64-bit kernel
    ("ppc", 32, "big", "powerpc"),
    ("ppc64", 64, "big", "powerpc64"),
    ("ppc64le", 64, "little", "powerpc64le"),
    ("riscv64", 64, "little", "riscv64"),
    ("s390x", 64, "big", "s390x"),
    ("sparc64", 64, "big", "sparc64"),
    ("loongarch64", 64, "little", "loongarch64"),
    # macOS
    ("arm64", 64, "little", "aarch64"),
    # Windows
    ("AMD64", 64, "little", "x86_64"),
    ("AMD64", 32, "little", "x86"),
    ("ARM64", 64, "little", "aarch64"),
    ("x86", 32, "little", "x86"),
    # FreeBSD, DragonFly: the kernel's architecture
    ("amd64", 64, "little", "x86_64"),
    ("i386", 32, "little", "x86"),
    ("arm", 32, "little", "arm"),
    ("armv7", 32, "little", "arm"),
    ("powerpc", 64, "big", "powerpc64"),
    ("powerpc", 64, "little", "powerpc64le"),
    ("powerpc64", 64, "big", "powerpc64"),
    ("riscv", 64, "little", "riscv64"),
    # NetBSD: the port
    ("evbarm", 64, "little", "aarch64"),
    ("evbarm", 32, "little", "arm"),
    ("evbmips", 32, "big", "mips"),
    ("evbmips", 32, "little", "mipsel"),
    ("evbmips", 64, "big", "mips64"),
    ("evbppc", 32, "big", "powerpc"),
    ("macppc", 32, "big", "powerpc"),
    ("amigappc", 32, "big", "powerpc"),
    ("amiga", 32, "big", "m68k"),
    ("sgimips", 32, "big", "mips"),
    # OpenBSD: the port
    ("octeon", 64, "big", "mips64"),
    ("loongson", 64, "little", "mips64el"),
]


@pytest.mark.parametrize(("machine", "bits", "byteorder", "word"), MACHINES)
def test_machine_has_its_word_in_the_tables(machine: str, bits: int, byteorder: str, word: str) -> None:
    assert cpu_word(machine, bits, byteorder) == word


def test_machine_of_an_order_without_tables_does_not_pass_for_the_usual_one() -> None:
    assert cpu_word("armv7b", 32, "big") == "armeb"
    assert cpu_word("aarch64_be", 64, "big") == "aarch64_be"


def test_this_cpu_has_the_pointers_and_the_order_of_this_python() -> None:
    abi = load("linux", this_cpu())
    assert abi.sizeof("pointer") == struct.calcsize("P")
    assert abi.sizeof("long") == struct.calcsize("l")
    assert abi.byteorder == sys.byteorder


@pytest.mark.parametrize(("system", "cpu"), CPUS)
def test_table_answers_for_every_cpu_it_names(system: str, cpu: str) -> None:
    abi = load(system, cpu)
    assert abi.sizeof("pointer") in {4, 8}
    assert abi["AF_INET"] == 2
    wide = cpu.endswith("64") or cpu in {"mips64el", "powerpc64le", "s390x"}
    assert abi.sizeof("pointer") == (8 if wide else 4)


@pytest.mark.parametrize(
    ("system", "cpu", "name", "number"),
    [
        ("freebsd", "x86_64", "SIOCAIFADDR_IN6", 0x8088691B),
        ("freebsd", "x86", "SIOCAIFADDR_IN6", 0x807C691B),
        ("netbsd", "x86_64", "SIOCAIFADDR_IN6", 0x8080696B),
        ("openbsd", "sparc64", "TUNSIFMODE", 0x8004745D),
        ("darwin", "aarch64", "CTLIOCGINFO", 0xC0644E03),
        ("dragonfly", "x86_64", "TUNSIFHEAD", 0x80047460),
        ("linux", "x86_64", "TUNSETIFF", 0x400454CA),
        ("linux", "mipsel", "TUNSETIFF", 0x800454CA),
        ("windows", "x86_64", "TAP_WIN_IOCTL_SET_MEDIA_STATUS", 0x220018),
    ],
)
def test_request_has_the_number_its_system_documents(system: str, cpu: str, name: str, number: int) -> None:
    assert load(system, cpu)[name] == number


def test_abi_tells_whether_a_system_has_a_name() -> None:
    assert "IN6_IFF_NODAD" in load("freebsd", "x86_64")
    assert "IN6_IFF_NODAD" not in load("openbsd", "x86_64")
    with pytest.raises(KeyError):
        load("openbsd", "x86_64")["IN6_IFF_NODAD"]


def test_variant_replaces_only_what_differs() -> None:
    narrow, wide = load("freebsd", "x86"), load("freebsd", "x86_64")
    assert (narrow.sizeof("rt_msghdr"), wide.sizeof("rt_msghdr")) == (92, 152)
    assert narrow.offsetof("in6_aliasreq", "ifra_flags") == wide.offsetof("in6_aliasreq", "ifra_flags") == 100


def test_load_names_the_cpu_it_does_not_know() -> None:
    with pytest.raises(HostError, match="on vax is not known") as caught:
        load("netbsd", "vax")
    assert "make abi" in caught.value.fix
    assert "sparc64" in caught.value.fix


@pytest.mark.parametrize("system", SYSTEMS)
def test_variant_speaks_of_known_cpus_and_names(system: str) -> None:
    table = TABLES[system]
    for variant in table.get("variant", ()):
        assert set(variant["cpus"]) < set(table["cpus"])
        for kind in ("constants", "sizeof", "offsetof"):
            assert variant.get(kind, {}).items().isdisjoint(table[kind].items()), "a variant repeats the base"
            assert set(variant.get(kind, {})) <= set(table[kind])
