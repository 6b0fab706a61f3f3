"""The core's tests in C, executed on CPUs of other word sizes and byte orders by qemu's user mode.

Left out are those that need libsodium or OpenSSL, which this machine has for its own CPU only. Every change is tried on
the CPU that differs most, 32 bits with the high byte first; a C library for each of the others takes long to make.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from core.elsewhere.zig import TARGETS, Target, compile_all, core_sources, program
from core.toolchain import HERE

ALWAYS = "mips"
RUN = [
    pytest.param(target, id=target.qemu, marks=() if target.qemu == ALWAYS else pytest.mark.nightly)
    for target in TARGETS
    if target.qemu
]
TESTS = [
    "address",
    "buffer",
    "checksum",
    "coalesce",
    "frame",
    "live",
    "poller",
    "replay",
    "ring",
    "route",
    "segment",
    "wake",
]


def emulator(target: Target) -> str:
    """Debian calls the static build by its own name, up to its twelfth release."""
    found = shutil.which(f"qemu-{target.qemu}-static") or shutil.which(f"qemu-{target.qemu}")
    assert found, f"qemu-{target.qemu} is missing; install qemu-user-static"
    return found


@pytest.fixture(scope="module", params=RUN)
def built(
    request: pytest.FixtureRequest, headers: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Target, Path]:
    """A target and the folder with its objects of the core."""
    target: Target = request.param
    folder = tmp_path_factory.mktemp(target.qemu)
    compile_all(core_sources(target), target, folder, headers)
    return target, folder


@pytest.mark.slow
@pytest.mark.timeout(900)  # the first program for a CPU compiles its C library
@pytest.mark.parametrize("name", TESTS)
def test_c_program_ends_well_elsewhere(built: tuple[Target, Path], name: str, headers: Path) -> None:
    target, folder = built
    output = program(HERE / f"test_{name}.c", target, folder, headers)
    done = subprocess.run([emulator(target), output], check=False, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
