"""What each system's kernel calls its requests, and how its structures lie in memory: numbers as data.

from everleaf.host.abi import load

abi = load("freebsd")
request, size, at = abi["SIOCAIFADDR_IN6"], abi.sizeof("in6_aliasreq"), abi.offsetof("in6_aliasreq", "ifra_flags")

One table per system, `<system>.toml`, made from that system's own headers by `make abi`. What differs between CPUs
stands in its variants.
"""

from __future__ import annotations

import os
import pkgutil
import re
import struct
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from everleaf.errors import HostError

_KINDS = (  # what machines call themselves (a BSD may name the board), and the tables' word for 32 bits and for 64
    (r"x86|amd64|i\d86|win32", "x86", "x86_64"),
    (r"(evb|e)?arm|aarch64", "arm", "aarch64"),
    (r"(evb|sgi|hpc)?mips|cobalt|loongson|octeon|pmax", "mips", "mips64"),
    (r"(evb|mac|of|amiga)?ppc|powerpc|prep", "powerpc", "powerpc64"),
    (r"riscv", "riscv32", "riscv64"),
    (r"sparc64|sun4[uv]", "sparc", "sparc64"),
    (r"m68k|amiga|atari|hp300|mac68k|sun3", "m68k", "m68k"),
)
_ENDED = {  # the suffix of the byte order that is not the plain word's
    "little": {"mips": "el", "mips64": "el", "powerpc64": "le"},
    "big": {"arm": "eb", "aarch64": "_be"},
}
_BIG_ENDIAN = {"m68k", "mips", "mips64", "powerpc", "powerpc64", "s390x", "sparc64"}


@dataclass(frozen=True, slots=True)
class Abi:
    """One system's numbers on one CPU."""

    system: str
    cpu: str
    constants: Mapping[str, int]  # ioctl requests and flags unsigned
    sizes: Mapping[str, int]  # bytes
    offsets: Mapping[str, int]  # "struct.member", bytes

    @property
    def byteorder(self) -> Literal["little", "big"]:
        """How this CPU writes integers to memory."""
        return "big" if self.cpu in _BIG_ENDIAN else "little"

    def __getitem__(self, name: str) -> int:
        """The constant `name`. KeyError when the system does not have it."""
        return self.constants[name]

    def __contains__(self, name: object) -> bool:
        return name in self.constants

    def sizeof(self, name: str) -> int:
        """Bytes of the structure or type `name`."""
        return self.sizes[name]

    def offsetof(self, name: str, member: str) -> int:
        """Where `member` starts in the structure `name`, in bytes."""
        return self.offsets[f"{name}.{member}"]


def cpu_word(machine: str, bits: int, byteorder: str) -> str:
    """The tables' word for a CPU: what `machine` is called, and what the program, not the kernel, was built for.

    A name alone says too little: Linux says mips for both byte orders, NetBSD evbarm for 32 and 64 bits.
    """
    for pattern, narrow, wide in _KINDS:
        if re.match(pattern, machine.lower()):
            word = wide if bits == 64 else narrow
            return word + _ENDED[byteorder].get(word, "")
    return machine.lower()


def this_cpu() -> str:
    """The CPU this Python was built for."""
    if sys.platform == "win32":  # which answers platform.machine() through its management service, at times in seconds
        import sysconfig  # noqa: PLC0415  not needed elsewhere

        machine = sysconfig.get_platform().removeprefix("win-")
    else:
        machine = os.uname().machine
    return cpu_word(machine, 8 * struct.calcsize("P"), sys.byteorder)


@cache
def load(system: str, cpu: str = "") -> Abi:
    """The table of `system` ("linux", "darwin", "freebsd", ...) for `cpu`, or for the one we run on."""
    cpu = cpu or this_cpu()
    table = tomllib.loads((pkgutil.get_data(__name__, f"{system}.toml") or b"").decode())
    if cpu not in table["cpus"]:
        raise HostError(
            f"the layout of {system}'s structures on {cpu} is not known",
            fix=f"add its target to builds/abi/systems.toml and run make abi; known are {', '.join(table['cpus'])}",
        )
    parts = [table, *(variant for variant in table.get("variant", ()) if cpu in variant["cpus"])]
    merged: list[dict[str, int]] = [
        {name: value for part in parts for name, value in part.get(kind, {}).items()}
        for kind in ("constants", "sizeof", "offsetof")
    ]
    return Abi(system, cpu, *merged)
