"""The headers of OpenSSL, libsodium and Python in one folder, without those of this machine's C library beside them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

from core.toolchain import BUILD, CompileError, load_setup

_ASK = "#include <openssl/ssl.h>\n#include <openssl/configuration.h>\n#include <sodium.h>\n"


FOLDER = BUILD / "headers"  # always the same, or zig would have to compile all again


def gather() -> Path:
    """Links to them all, with our own pyconfig.h: Python's is about this machine."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for header in _libraries():
        _link(header, re.sub(r"^.*/(?=openssl/|sodium/|sodium\.h$)", "", str(header)))
    for header in Path(sysconfig.get_path("include")).iterdir():
        if header.name != "pyconfig.h":
            _link(header, header.name)
    _link(Path(__file__).with_name("pyconfig.h"), "pyconfig.h")
    return FOLDER


def _link(header: Path, name: str) -> None:
    (FOLDER / name).parent.mkdir(exist_ok=True)
    (FOLDER / name).symlink_to(header)


def _libraries() -> set[Path]:
    """Every header in the folders where the compiler finds OpenSSL's and libsodium's."""
    command = ["cc", "-E", "-M", *load_setup().libraries("--cflags"), "-x", "c", "-"]
    done = subprocess.run(command, check=False, input=_ASK, capture_output=True, text=True)
    if done.returncode:
        raise CompileError(done.stderr)
    found = [Path(name) for name in re.findall(r"\S+/(?:openssl|sodium)/\S+\.h|\S+/sodium\.h", done.stdout)]
    return {header for path in found for header in ([path] if path.name == "sodium.h" else path.parent.glob("*.h"))}
