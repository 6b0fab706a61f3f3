"""zig as the compiler of a target, and as the other tools that configure scripts ask for."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ziglang
from builds.step import cache, run
from builds.target import Target

ZIG = Path(ziglang.__file__).with_name("zig")
RUNTIME = Path(__file__).with_name("runtime.c")

# One -O2 and no other: zig makes its C library anew for each. Dates are those of SOURCE_DATE_EPOCH.
_CC = """#!/bin/sh
for word; do
	shift
	case $word in -O?) ;; *) set -- "$@" "$word" ;; esac
done
exec {zig} cc {options} -O2 -ffunction-sections -fdata-sections -Wno-date-time "$@"
"""
_TOOL = '#!/bin/sh\nexec {zig} {tool} "$@"\n'

_LIBC = ZIG.parent / "lib" / "libc"
_LIBRARIES = {  # zig's C library by the system, the file that says its version, and where
    "linux": ("musl", _LIBC / "musl/src/internal/version.h", r'VERSION "([0-9.]+)"'),
    "windows": (
        "mingw-w64",
        _LIBC / "include/any-windows-any/_mingw_mac.h",
        r"define __MINGW64_VERSION_(?:MAJOR|MINOR|BUGFIX) ([0-9]+)",
    ),
}


@dataclass(frozen=True, slots=True)
class Zig:
    """Programs zig-cc, zig-ar and zig-ranlib for one target, in a directory of their own."""

    programs: Path
    triple: str

    def text(self) -> str:
        """What they are: the words of the compiler, and which one it is."""
        return f"{(self.programs / 'zig-cc').read_text()}{_version()}"

    @classmethod
    def of(cls, target: Target, programs: Path) -> Zig:
        """Put them into `programs`. Their names are all that libraries write down of them."""
        options = " ".join(["-target", target.triple, *([f"-mcpu={target.cpu}"] if target.cpu else [])])
        texts = {"zig-cc": _CC.format(zig=ZIG, options=options)}
        texts |= {f"zig-{tool}": _TOOL.format(zig=ZIG, tool=tool) for tool in ("ar", "ranlib")}
        programs.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        return cls(programs, target.triple)

    def telling(self) -> list[str | Path]:
        """What it needs to hear for a program that says what is linked into it."""
        return [f'-DEVERLEAF_RUNTIME="{runtime(self.triple)}"', "-Wl,-u,everleaf_runtime", RUNTIME]

    def run(self, command: Sequence[str | Path], *, cwd: Path | None = None, epoch: str = "0") -> str:
        """Run something that compiles for the target; what it printed."""
        kept = str(cache() / "zig")
        environment = {
            "CC": "zig-cc",
            "AR": "zig-ar",
            "RANLIB": "zig-ranlib",
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "SOURCE_DATE_EPOCH": epoch,
            "ZIG_GLOBAL_CACHE_DIR": kept,
            "ZIG_LOCAL_CACHE_DIR": kept,
        }
        return run(command, cwd=cwd, env=environment)


def runtime(triple: str) -> str:
    """What it links into every program for `triple`, and the versions, which nothing else there would tell."""
    name, file, pattern = _LIBRARIES[triple.split("-")[1]]
    number = ".".join(re.findall(pattern, file.read_text("utf-8")))
    return f"{name} {number}, zig-compiler-rt {_version()}"


def _version() -> str:
    return run([ZIG, "version"]).strip()
