"""What builds leave behind, for releases of tests: small programs, and a key of the test's own."""

from __future__ import annotations

import subprocess
from pathlib import Path

VERSION = "1.4.2"
PROGRAMS = (
    "linux-x86_64-glibc231",
    "linux-x86_64-glibc299",
    "linux-x86_64-static",
    "linux-riscv64-glibc241",
    "linux-riscv64-static",
    "linux-mipsel-static",
    "linux-mips-static",
    "macos13-arm64",
    "freebsd14-x86_64",
    "openbsd78-x86_64",
    "windows-x86_64.exe",
)


def secret_key(directory: Path) -> Path:
    """A new key without a password."""
    path = directory / "secret"
    command = ["minisign", "-G", "-W", "-p", str(directory / "public"), "-s", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def built(directory: Path) -> Path:
    """What builds leave: a program each, which knows one command."""
    directory.mkdir()
    for name in PROGRAMS:
        path = directory / f"everleaf-{VERSION}-{name}"
        path.write_text(f'#!/bin/sh\n# {name}\n[ "$1" = selftest ] || exit 64\necho {name}\n')
        path.chmod(0o755)
    (directory / f"everleaf-{VERSION}-linux-x86_64-glibc231.tgz").write_bytes(b"a folder")
    (directory / f"everleaf_{VERSION}_amd64.deb").write_bytes(b"a package")
    (directory / "everleaf").write_text("of no version")
    return directory
