"""The core's own tests, in C: all under AddressSanitizer and UBSan, the threaded ones under ThreadSanitizer too."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from core.toolchain import ADDRESS, HERE, POLLERS, THREAD, Kind, program

ALL = sorted(HERE.glob("test_*.c"))
THREADS = re.compile(r"<pthread\.h>|(nodes|couple|supers)\.h")
THREADED = [source for source in ALL if THREADS.search(source.read_text(encoding="utf-8"))]
POLLING = [source for source in ALL if re.match(r"test_(poller|wake|ring|core_\w+)\.c", source.name)]
PROGRAMS = [
    *((source, ADDRESS) for source in ALL),
    *((source, THREAD) for source in THREADED),
    *((source, kind) for source in POLLING for kind in POLLERS),
]


@pytest.mark.slow
@pytest.mark.timeout(900)  # the first of a kind compiles the whole core
@pytest.mark.parametrize(("source", "kind"), PROGRAMS, ids=lambda v: v.stem if isinstance(v, Path) else v.name)
def test_c_program_ends_well(source: Path, kind: Kind) -> None:
    done = subprocess.run([program(source, kind)], check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
