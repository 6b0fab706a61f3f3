"""The headers of OpenSSL, libsodium and Python in one folder, without those of this machine's C library beside them."""

from __future__ import annotations

import fcntl
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from core.toolchain import BUILD, CompileError, load_setup

_ASK = "#include <openssl/ssl.h>\n#include <openssl/configuration.h>\n#include <sodium.h>\n"


FOLDER = BUILD / "headers"  # always the same, or zig would have to compile all again


def gather() -> Path:
    """Links to them all, with our own pyconfig.h: Python's is about this machine.

    What is right stays: another process may be compiling with it.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = dict(_wanted())
        there = {link: link.readlink() for link in FOLDER.rglob("*") if link.is_symlink()}
        for link, _ in there.items() - wanted.items():
            link.unlink()
        for link, header in wanted.items() - there.items():
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(header)
    return FOLDER


def _wanted() -> Iterator[tuple[Path, Path]]:
    """Each link, and the header it leads to."""
    for header in _libraries():
        yield FOLDER / re.sub(r"^.*/(?=openssl/|sodium/|sodium\.h$)", "", str(header)), header
    for header in Path(sysconfig.get_path("include")).iterdir():
        if header.name != "pyconfig.h":
            yield FOLDER / header.name, header
    yield FOLDER / "pyconfig.h", Path(__file__).with_name("pyconfig.h")


def _libraries() -> set[Path]:
    """Every header in the folders where the compiler finds OpenSSL's and libsodium's."""
    command = ["cc", "-E", "-M", *load_setup().libraries("--cflags"), "-x", "c", "-"]
    done = subprocess.run(command, check=False, input=_ASK, capture_output=True, text=True)
    if done.returncode:
        raise CompileError(done.stderr)
    found = [Path(name) for name in re.findall(r"\S+/(?:openssl|sodium)/\S+\.h|\S+/sodium\.h", done.stdout)]
    return {header for path in found for header in ([path] if path.name == "sodium.h" else path.parent.glob("*.h"))}
