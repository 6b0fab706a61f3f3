"""Builds the compiled core, everleaf._core; everything else about the project stands in pyproject.toml.

The tests of the core compile the same sources with the same warnings: they import FLAGS, `sources` and `libraries`.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent
CORE = Path("node/core")
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-pthread", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
RELEASE = ["-O3", "-fvisibility=hidden", "-fstack-protector-strong"]
LIBRARIES = ["libsodium", "libssl", "libcrypto"]
ABI = "0x030B0000"  # CPython 3.11


def sources() -> list[str]:
    """Every C file of the core, the door to Python included."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / CORE).glob("*.c"))


def version() -> str:
    """The project's version, from the one place it stands in."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def libraries(what: str) -> list[str]:
    """Compiler ("--cflags") or linker ("--libs") arguments for the libraries; exit with a remedy when they lack."""
    command = ["pkg-config", what, *LIBRARIES]
    try:
        return shlex.split(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    except FileNotFoundError:
        problem = "pkg-config is missing"
    except subprocess.CalledProcessError as error:
        problem = error.stderr.strip()
    sys.exit(
        f"everleaf needs libsodium and OpenSSL 3 with their headers to build its core: {problem}\n"
        "  Debian, Ubuntu:  apt install pkg-config libsodium-dev libssl-dev\n"
        "  Fedora:          dnf install pkgconf libsodium-devel openssl-devel\n"
        "  Alpine:          apk add pkgconf libsodium-dev openssl-dev\n"
        "  macOS:           brew install pkgconf libsodium openssl@3\n"
        "  FreeBSD:         pkg install pkgconf libsodium"
    )


def main() -> None:
    """Run setuptools."""
    from setuptools import Extension, setup  # noqa: PLC0415 - tests import this file without building anything

    core = Extension(
        "everleaf._core",
        sources(),
        define_macros=[("Py_LIMITED_API", ABI), ("EVERLEAF_VERSION", f'"{version()}"')],
        extra_compile_args=[*FLAGS, *RELEASE, *libraries("--cflags")],
        extra_link_args=["-pthread", *libraries("--libs")],
        depends=[str(path.relative_to(ROOT)) for path in sorted((ROOT / CORE).glob("*.h"))],
        py_limited_api=True,
    )
    setup(ext_modules=[core], options={"bdist_wheel": {"py_limited_api": "cp311"}})


if __name__ == "__main__":
    main()
