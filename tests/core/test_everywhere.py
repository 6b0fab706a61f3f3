"""Every C file of the core compiles for every system and CPU a node may run on, each warning an error.

Needs the headers of OpenSSL, libsodium and Python, which are the same everywhere, and nothing else of the target.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from core.elsewhere import windows
from core.elsewhere.zig import TARGETS, Target, compile_all, core_sources
from core.toolchain import CORE, CompileError

BY_TRIPLE = {target.triple: target for target in TARGETS}
MISTAKES = {  # what a Linux machine with 64 bits would not notice
    "a call of Linux's": ("x86_64-macos", "int f(void)\n{\n\treturn eventfd(0, 0);\n}\n"),
    "a call of POSIX": ("x86_64-windows-gnu", "int f(int fd)\n{\n\treturn fcntl(fd, 1);\n}\n"),
    "a constant of GNU's": ("aarch64-openbsd", "int f(void)\n{\n\treturn SOCK_STREAM | EPOLLIN;\n}\n"),
    "a length of 64 bits": ("mips-linux-musleabi", "size_t f(uint64_t n)\n{\n\treturn n;\n}\n"),
}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.triple)
def test_core_compiles(target: Target, headers: Path, tmp_path: Path) -> None:
    sources = core_sources(target)
    compile_all(sources, target, tmp_path, headers)
    assert {path.stem for path in tmp_path.glob("*.o")} == {source.stem for source in sources}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_does_not_compile(mistake: str, headers: Path, tmp_path: Path) -> None:
    triple, text = MISTAKES[mistake]
    source = tmp_path / "mistake.c"
    prototype = text[: text.index("\n")] + ";\n"
    source.write_text('#include "port.h"\n\n' + prototype, encoding="utf-8")
    compile_all([source], BY_TRIPLE[triple], tmp_path, headers)  # as far as that it is well
    source.write_text('#include "port.h"\n\n' + prototype + text, encoding="utf-8")
    with pytest.raises(CompileError, match=r"mistake\.c"):
        compile_all([source], BY_TRIPLE[triple], tmp_path, headers)


@pytest.mark.nightly
@pytest.mark.timeout(600)  # the first one compiles Windows' C library
def test_programs_for_windows_link(headers: Path, tmp_path: Path) -> None:
    """Every call that the poller and the carriers make is there. windows/wine.py runs them."""
    assert all(path.read_bytes()[:2] == b"MZ" for path in windows.programs(tmp_path, headers))


def test_every_file_is_for_some_target() -> None:
    taken = {source.name for target in TARGETS for source in core_sources(target)}
    assert taken == {path.name for path in CORE.glob("*.c")}
