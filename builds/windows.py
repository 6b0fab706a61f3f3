"""The recipe "wine": the core compiled by zig, and the node frozen by PyInstaller in a Windows Python under wine.

That Python is put together: python.org's own DLL and C modules, which a wheel for Windows carries along; library,
headers and python.exe from Debian's source of the same 3.13, whose patch releases fit each other. Everything happens on
a drive B:, so that the paths PyInstaller sees are always the same.
"""

from __future__ import annotations

import runpy
import shutil
import zipfile
from pathlib import Path

from builds.debian import unpack
from builds.errors import BuildError
from builds.frozen import Frozen
from builds.shelf import Shelf
from builds.step import cache, empty, say
from builds.target import Target, find, version
from builds.wine import Wine
from builds.zig import Zig

from builds import bundled, pe, tree

NAME = "windows-x86_64"
DLL = "python313.dll"
_PANDA = "deploy_libs/"  # where the wheel has Python
_UNFIT = (
    "_wmi",
    "_tkinter",
    "_test",
    "_ctypes_test",
)  # wine's WMI crashes, and `platform` does without; the rest is ours


def freeze(target: Target) -> Frozen:
    """Build both forms from the working tree."""
    room = kept()
    zig = Zig.of(target, room / "zig")
    interpreter(room, zig)
    tree.copy(room / "tree")
    core(room, zig, room / "tree" / "node" / "everleaf" / "_core.pyd")
    bundled.site(empty(room / "site"), "node", "tools", "windows")
    say(f"{target.name}: freezing")
    freezer = (r"B:\python\python.exe", "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR")
    places = (r"--distpath=B:\dist", r"--workpath=B:\work", r"B:\tree\builds\node.spec")
    for name in ("dist", "work"):
        empty(room / name)
    Wine(room / "wine", room).run(*freezer, *places, env=tree.environment() | {"PYTHONPATH": r"B:\site"})
    return Frozen(room / "dist" / "everleaf.exe", room / "dist" / "everleaf-folder")


def kept() -> Path:
    """Where libraries and all else of the target stay between builds."""
    return cache() / "rooms" / NAME


def interpreter(room: Path, zig: Zig) -> Path:
    """A Windows Python in `room`/python, and its headers in `room`/include/python; the first."""
    place = empty(room / "python")
    source = unpack("python", empty(room / "source"))
    shutil.move(source / "Lib", place / "Lib")
    shutil.rmtree(place / "Lib" / "test")
    headers = room / "include" / "python"
    shutil.rmtree(headers, ignore_errors=True)
    shutil.copytree(source / "Include", headers)
    shutil.copy(source / "PC" / "pyconfig.h.in", headers / "pyconfig.h")
    (place / "DLLs").mkdir()
    (wheel,) = bundled.wheels("interpreter")
    with zipfile.ZipFile(wheel) as archive:
        for name in filter(_is_pythons, archive.namelist()):
            to = place / "DLLs" if name.endswith(".pyd") else place
            (to / Path(name).name).write_bytes(archive.read(name))
    program: list[str | Path] = ["zig-cc", "-municode", "-s", f"-I{headers}", "-o", place / "python.exe"]
    zig.run([*program, source / "Programs" / "python.c", place / DLL])
    shutil.rmtree(room / "source")
    return place


def _is_pythons(name: str) -> bool:
    """Whether a file of the wheel belongs to the Python with a GIL, and is of use here."""
    file = name.removeprefix(_PANDA)
    if file == name or file.startswith(_UNFIT) or ".cp313t" in file:
        return False
    return file.endswith(".pyd") or file in (DLL, "VCRUNTIME140.dll", "VCRUNTIME140_1.dll", "libffi-8.dll")


def core(room: Path, zig: Zig, output: Path) -> Path:
    """Compile the core for the interpreter in `room`, with OpenSSL and libsodium within; `output`."""
    shelf = Shelf(NAME, kept() / "libraries", zig)
    shelf.have("libsodium", "libsodium")
    shelf.have("openssl", "openssl", find(NAME).openssl)
    say(f"{NAME}: compiling the core")
    setup = runpy.run_path(str(tree.ROOT / "setup.py"))
    defines = [f"-DPy_LIMITED_API={setup['ABI']}", f'-DEVERLEAF_VERSION="{version()}"', "-DSODIUM_STATIC"]
    defines += ["-DPy_ENABLE_SHARED", "-DPy_NO_LINK_LIB"]
    headers = [f"-isystem{shelf.place / 'include'}", f"-isystem{room / 'include' / 'python'}"]
    flags = [*setup["FLAGS"], *setup["RELEASE"], "-Wl,--gc-sections", "-s"]
    archives = [shelf.place / "lib" / f"lib{name}.a" for name in ("sodium", "ssl", "crypto")]
    libraries = [*archives, room / "python" / DLL, *setup["system_libraries"]("windows"), "-lcrypt32"]
    command = ["zig-cc", "-shared", *flags, *defines, *headers, *setup["sources"]("windows"), *zig.telling()]
    zig.run([*command, "-o", output, *libraries], cwd=tree.ROOT)
    if DLL not in pe.imports(output):
        raise BuildError(f"{output} is no module of {DLL}", fix="look at what the linker was told")
    return output
