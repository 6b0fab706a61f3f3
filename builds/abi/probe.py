"""Ask a system's headers: compile a probe for one target with the clang in zig, and read the answers out of the result.

Nothing is linked or run. A probe's answers are constants in the LLVM IR text; routing messages are bytes in an object.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
_COMPILER = [sys.executable, "-m", "ziglang", "cc", "-g0", "-Wno-unused-command-line-argument"]
_CACHE = str(HERE.parents[1] / "build" / "zig")
_ENVIRONMENT = os.environ | {"ZIG_GLOBAL_CACHE_DIR": _CACHE, "ZIG_LOCAL_CACHE_DIR": _CACHE}

_ANSWER = re.compile(r'^@"(?:\\01)?((?:constants|offsetof|sizeof) [^"]+)" = .*\bconstant i64 (-?\d+)', re.MULTILINE)
_RECORD = re.compile(r"\b(CONSTANT|VALUE|SIZEOF|SIZEOF_TYPE|OFFSETOF|OFFSETOF_AS)\((\w+)(?:, ([\w.]+))?")
_ORDERS: tuple[Literal["little", "big"], ...] = ("little", "big")
_NOTE = re.compile(r"^(.*\)) /\* (.*) \*/$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class System:
    """One system: whose headers, which probes, which targets."""

    name: str
    headers: str
    probes: tuple[str, ...]
    targets: tuple[str, ...]
    messages: tuple[str, ...] = ()  # the targets whose routing messages are kept as test vectors


class ProbeError(Exception):
    """A probe does not compile, or its targets contradict each other."""


def systems() -> list[System]:
    """Every system in systems.toml."""
    table = tomllib.loads((HERE / "systems.toml").read_text("utf-8"))
    return [
        System(name, row["headers"], tuple(row["probes"]), tuple(row["targets"]), tuple(row.get("messages", ())))
        for name, row in table.items()
    ]


def compiled(source: Path, target: str, *flags: str) -> bytes:
    """What the compiler makes of `source` for `target`."""
    with tempfile.TemporaryDirectory() as room:
        out = Path(room) / "out"
        command = [*_COMPILER, "-target", target, *flags, "-o", str(out), str(source)]
        done = subprocess.run(command, env=_ENVIRONMENT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ProbeError(f"{source.name} does not compile for {target}:\n{done.stderr.strip()}")
        return out.read_bytes()


def answers(probe: str, target: str) -> dict[str, int]:
    """What the headers of `target` say to `probe`: "constants AF_INET6", "sizeof ifreq" and so on, to the value.

    An int with its highest bit set comes out as the unsigned 32-bit number that it is.
    """
    text = compiled(HERE / probe, target, "-S", "-emit-llvm").decode()
    told = {place: int(value) for place, value in _ANSWER.findall(text)}
    return {place: value if value >= 0 else value & 0xFFFF_FFFF for place, value in told.items()}


def notes(probe: str) -> dict[str, str]:
    """The comments at the ends of a probe's lines, by the place they speak of."""
    text = (HERE / probe).read_text("utf-8")
    return {place: note for line, note in _NOTE.findall(text) for place in _places(line)}


def messages(target: str) -> dict[str, str]:
    """The routing messages of messages.c as `target` lays them out, in hex: "VEC:name" in 16 bytes, length, bytes."""
    blob = compiled(HERE / "messages.c", target, "-c")
    found = {}
    for mark in re.finditer(rb"VEC:(\w+)\0+", blob):
        body = mark.start() + 20
        length = min(int.from_bytes(blob[body - 4 : body], order) for order in _ORDERS)  # the other one is absurd
        found[mark[1].decode()] = blob[body : body + length].hex()
    return found


def _places(line: str) -> Iterator[str]:
    for macro, name, member in _RECORD.findall(line):
        if macro.startswith("OFFSETOF"):
            yield f"offsetof {name}.{member}"
        else:
            yield f"{'sizeof' if macro.startswith('SIZEOF') else 'constants'} {name}"
