"""Compiles the core for other systems and CPUs with zig, which brings the headers and the C library of each."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import ziglang

from core.toolchain import CORE, HERE, ROOT, CompileError, load_setup


@dataclass(frozen=True, slots=True)
class Target:
    """One system on one CPU."""

    triple: str  # zig's name; a number behind -gnu is the oldest glibc that is good enough
    system: str  # as in setup.py
    qemu: str = ""  # the emulator that runs its programs here; they are static then


LINUX = [
    Target("x86_64-linux-musl", "linux"),
    Target("aarch64-linux-musl", "linux", "aarch64"),
    Target("arm-linux-musleabi", "linux", "arm"),
    Target("arm-linux-musleabihf", "linux"),
    Target("mips-linux-musleabi", "linux", "mips"),  # big-endian
    Target("mipsel-linux-musleabi", "linux", "mipsel"),
    Target("riscv64-linux-musl", "linux", "riscv64"),
    Target("x86-linux-musl", "linux"),
    Target("x86_64-linux-gnu.2.17", "linux"),
    Target("aarch64-linux-gnu.2.17", "linux"),
    Target("arm-linux-gnueabihf.2.17", "linux"),
    Target("mips-linux-gnueabi.2.17", "linux"),
    Target("mipsel-linux-gnueabi.2.17", "linux"),
    Target("riscv64-linux-gnu.2.27", "linux"),
]
OTHERS = [
    Target("x86_64-macos", "darwin"),
    Target("aarch64-macos", "darwin"),
    Target("x86_64-windows-gnu", "windows"),
    Target("aarch64-windows-gnu", "windows"),
    *(
        Target(f"{cpu}-{system}", system)
        for system in ("freebsd", "netbsd", "openbsd")
        for cpu in ("x86_64", "aarch64")
    ),
]
TARGETS = [*LINUX, *OTHERS]


def core_sources(target: Target) -> list[Path]:
    """Every C file of the core that is for this target."""
    return [ROOT / source for source in load_setup().sources(target.system)]


def compile_all(sources: Sequence[Path], target: Target, folder: Path, headers: Path) -> None:
    """One object for each source, in `folder`, with the warnings that setup.py wants to be errors."""
    setup = load_setup()
    defines = [f"-DPy_LIMITED_API={setup.ABI}", '-DEVERLEAF_VERSION="0"']
    paths = [f"-I{CORE}", f"-I{HERE}", "-isystem", str(headers)]

    def compiled(source: Path) -> None:
        output = f"{source.stem}.o"
        command = ["cc", "-target", target.triple, *setup.FLAGS, *defines, *paths, "-c", str(source), "-o", output]
        zig(command, folder)

    with ThreadPoolExecutor(2) as pool:  # one call with all of them would make one object
        list(pool.map(compiled, sources))


def program(test: Path, target: Target, folder: Path, headers: Path, libraries: Sequence[str] = ("-static",)) -> Path:
    """A program of one C test and what it needs of the core, whose objects are in `folder` already."""
    output = folder / (f"{test.stem}.exe" if target.system == "windows" else test.stem)
    archive = folder / "core.a"
    if not archive.exists():
        zig(["ar", "rcs", str(archive), *(f"{source.stem}.o" for source in core_sources(target))], folder)
    compile_all([test], target, folder, headers)
    command = ["cc", "-target", target.triple, f"{test.stem}.o", str(archive), "-pthread", *libraries, "-lm"]
    zig([*command, "-o", str(output)], folder)
    return output


def zig(arguments: Sequence[str], folder: Path) -> None:
    """Run it in `folder`; its complaints are a CompileError."""
    command = [str(Path(ziglang.__file__).with_name("zig")), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    if done.returncode:
        raise CompileError(f"{' '.join(command)}\n{done.stderr}")
