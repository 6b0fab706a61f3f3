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

# One -O2 and no other: zig makes its C library anew for each. Dates are those of SOURCE_DATE_EPOCH.
_CC = """#!/bin/sh
for word; do
	shift
	case $word in -O?) ;; *) set -- "$@" "$word" ;; esac
done
exec {zig} cc {options} -O2 -ffunction-sections -fdata-sections -Wno-date-time "$@"
"""
_MUSL = ZIG.parent / "lib" / "libc" / "musl" / "src" / "internal" / "version.h"
_TOOL = '#!/bin/sh\nexec {zig} {tool} "$@"\n'


@dataclass(frozen=True, slots=True)
class Zig:
    """Programs zig-cc, zig-ar and zig-ranlib for one target, in a directory of their own."""

    programs: Path

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
        return cls(programs)

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


def runtime() -> str:
    """What it links into every program for musl, and the versions, which nothing else there would tell."""
    (musl,) = re.findall(r'VERSION "([0-9.]+)"', _MUSL.read_text("utf-8"))
    return f"musl {musl}, zig-compiler-rt {_version()}"


def _version() -> str:
    return run([ZIG, "version"]).strip()
