"""The benchmark's own programs in C, compiled on the machine that is measured."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results"


@functools.cache
def build(name: str, room: Path = HERE) -> Path:
    """Compile `room`/`name`.c, once in a run."""
    RESULTS.mkdir(exist_ok=True)
    program = RESULTS / name
    flags = ("-std=c11", "-D_GNU_SOURCE", "-O2", "-pthread")
    subprocess.run(["cc", *flags, "-o", program, room / f"{name}.c"], check=True)
    return program
