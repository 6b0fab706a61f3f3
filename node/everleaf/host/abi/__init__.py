"""What each system's kernel calls its requests, and how its structures lie in memory: numbers as data.

from everleaf.host.abi import load

abi = load("freebsd")
request, size, at = abi["SIOCAIFADDR_IN6"], abi.sizeof("in6_aliasreq"), abi.offsetof("in6_aliasreq", "ifra_flags")

One table per system, `<system>.toml`, made from that system's own headers by `make abi`. What differs between CPUs
stands in its variants.
"""

from __future__ import annotations

import platform
import struct
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from everleaf.errors import HostError

_CPUS = {  # platform.machine() to the first word of a target
    "amd64": "x86_64",
    "i386": "x86",
    "i486": "x86",
    "i586": "x86",
    "i686": "x86",
    "arm64": "aarch64",
    "evbarm": "arm",
    "armv6l": "arm",
    "armv7": "arm",
    "armv7l": "arm",
    "ppc64": "powerpc64",
    "ppc64le": "powerpc64le",
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


def this_cpu() -> str:
    """The CPU this Python was built for, in the words of the tables: a 32-bit program on a 64-bit kernel is 32-bit."""
    machine = platform.machine().lower()
    cpu = _CPUS.get(machine, machine)
    narrow = {"x86_64": "x86", "aarch64": "arm", "mips64": "mips", "powerpc64": "powerpc"}
    return narrow.get(cpu, cpu) if struct.calcsize("P") == 4 else cpu


@cache
def load(system: str, cpu: str = "") -> Abi:
    """The table of `system` ("linux", "darwin", "freebsd", ...) for `cpu`, or for the one we run on."""
    cpu = cpu or this_cpu()
    text = resources.files("everleaf.host.abi").joinpath(f"{system}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    if cpu not in table["cpus"]:
        raise HostError(
            f"the layout of {system}'s structures on {cpu} is not known",
            fix=f"use one of {', '.join(table['cpus'])}, or add it to {system}.toml with: make abi",
        )
    parts = [table, *(variant for variant in table.get("variant", ()) if cpu in variant["cpus"])]
    merged: list[dict[str, int]] = [
        {name: value for part in parts for name, value in part.get(kind, {}).items()}
        for kind in ("constants", "sizeof", "offsetof")
    ]
    return Abi(system, cpu, *merged)
