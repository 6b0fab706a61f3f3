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
OPEN = ["-D_GNU_SOURCE", "-D_NETBSD_SOURCE", "-D_DARWIN_C_SOURCE"]  # -std=c11 hides what is not C's; each has its word
FLAGS = ["-std=c11", *OPEN, "-pthread", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
RELEASE = ["-O3", "-fvisibility=hidden", "-fstack-protector-strong"]
LIBRARIES = ["libsodium", "libssl", "libcrypto"]
ABI = "0x030B0000"  # CPython 3.11

KQUEUE = {"darwin", "freebsd", "openbsd", "dragonfly"}
POSIX = {"linux", "netbsd", *KQUEUE}
WHERE = {  # the files that are chosen whole, and for which systems; all others are for every system
    "poll_epoll.c": {"linux"},
    "poll_kqueue.c": KQUEUE,
    "poll_poll.c": {"netbsd", "windows"},  # NetBSD 11's headers call kevent by a name that NetBSD 10 has not
    "socket_posix.c": POSIX,
    "socket_windows.c": {"windows"},
    "tun_file.c": POSIX,
    "tun_tap_windows.c": {"windows"},
    "tun_windows.c": {"windows"},
    "tun_wintun.c": {"windows"},
    "wake_eventfd.c": {"linux"},
    "wake_pipe.c": POSIX - {"linux"},
    "wake_windows.c": {"windows"},
}


def this_system() -> str:
    """The system this Python runs on, by the name used in WHERE."""
    return "windows" if sys.platform == "win32" else sys.platform.rstrip(".0123456789")


def sources(system: str) -> list[str]:
    """Every C file of the core on `system`, the door to Python included."""
    files = sorted((ROOT / CORE).glob("*.c"))
    return [str(path.relative_to(ROOT)) for path in files if system in WHERE.get(path.name, {system})]


def system_libraries(system: str) -> list[str]:
    """What the linker needs beside the libraries. Small CPUs do 64-bit atomics in a library, where there is one."""
    if system == "windows":
        return ["-pthread", "-lws2_32"]
    if system == "linux" and sys.maxsize < 1 << 32:
        return ["-pthread", "-Wl,--push-state,--as-needed,-latomic,--pop-state"]
    return ["-pthread"]


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
        "  FreeBSD:         pkg install pkgconf libsodium\n"
        "  NetBSD:          pkgin install pkgconf libsodium\n"
        "  Windows, MSYS2:  pacman -S mingw-w64-ucrt-x86_64-{gcc,pkgconf,libsodium,openssl,python}"
    )


def main() -> None:
    """Run setuptools."""
    from setuptools import Extension, setup  # noqa: PLC0415 - tests import this file without building anything

    system = this_system()
    if system not in POSIX | {"windows"}:
        sys.exit(f"everleaf's core has no files for the system {system!r}; see WHERE in setup.py")
    core = Extension(
        "everleaf._core",
        sources(system),
        define_macros=[("Py_LIMITED_API", ABI), ("EVERLEAF_VERSION", f'"{version()}"')],
        extra_compile_args=[*FLAGS, *RELEASE, *libraries("--cflags")],
        extra_link_args=[*system_libraries(system), *libraries("--libs")],
        depends=[str(path.relative_to(ROOT)) for path in sorted((ROOT / CORE).glob("*.h"))],
        py_limited_api=True,
    )
    setup(ext_modules=[core], options={"bdist_wheel": {"py_limited_api": "cp311"}})


if __name__ == "__main__":
    main()
