"""The recipe "debian": the core compiled and the node frozen by PyInstaller, in a Debian root of the target's CPU.

Everything happens in the root's /build, so that the paths a compiler or PyInstaller writes down are always the same.
Python and the libraries that a root lacks are built there once and kept.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from builds.debian import sources, unpack
from builds.root import Root
from builds.stamp import Stamp
from builds.step import cache, empty, run, say
from builds.target import Target

from builds import bundled, tree

RECIPES = Path(__file__).with_name("recipes")
OWN_PYTHON = ("bullseye-amd64",)  # roots whose Python is older than 3.11; they get one built, and a current OpenSSL
OPENSSL = "PKG_CONFIG_PATH=/build/openssl/lib/pkgconfig"  # in front of the root's own, if there is one of ours
BOOTLOADERS = ("amd64",)  # architectures whose loader is in the locked wheel of PyInstaller; the others compile theirs

# Not `all`: half of that nobody uses. A loader of 32 bits must be able to read every directory of a 64-bit file system.
_WAF = ("CFLAGS=-D_FILE_OFFSET_BITS=64", "python3", "./waf")
_LOADER = ("distclean", "configure", "build_release", "install_release")


@dataclass(frozen=True, slots=True)
class Frozen:
    """What came out: two forms of one node, or only the file where that is as good as a folder."""

    file: Path
    folder: Path | None

    @property
    def programs(self) -> list[Path]:
        """What starts each form."""
        return [self.file, *([self.folder / self.file.name] if self.folder else [])]


def freeze(target: Target) -> Frozen:
    """Build both forms of `target` from the working tree."""
    root = Root(target.root, cache() / "rooms" / target.root)
    python = python_of(root)
    tree.copy(root.room / "tree")
    bundled.site(empty(root.room / "site"), "node", "tools")
    loader(root)
    environment = ["PYTHONPATH=/build/site", OPENSSL]
    environment += [f"{name}={value}" for name, value in tree.environment().items()]
    say(f"{target.name}: compiling the core")
    root.run("env", "--chdir=/build/tree", *environment, python, "setup.py", "--quiet", "build_ext", "--inplace")
    say(f"{target.name}: freezing")
    freezer = [python, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    root.run(
        "env",
        *environment,
        *freezer,
        "--distpath=/build/dist",
        "--workpath=/build/work",
        "/build/tree/builds/node.spec",
    )
    return Frozen(root.room / "dist" / "everleaf", root.room / "dist" / "everleaf-folder")


def python_of(root: Root) -> str:
    """The Python that freezes in this root."""
    if root.name not in OWN_PYTHON:
        return "python3"
    _once(root, "openssl", "linux-x86_64")
    _once(root, "python")
    return "/build/python/bin/python3"


def _once(root: Root, name: str, *arguments: str) -> None:
    """Build the source called `name` into /build/NAME, unless it is there, made by this very recipe and compiler."""
    recipe = RECIPES / f"{name}.sh"
    made_from = (sources()[name].sha256, *arguments, root.compiler(), recipe.read_text("utf-8"))
    stamp = Stamp.of(name, root.room, *made_from)
    if stamp.fits():
        return
    say(f"{root.name}: building {name}, once")
    stamp.lift()
    unpacked = unpack(name, empty(root.room / "source")).name
    shutil.copy(recipe, root.room)
    root.run("env", "CC=gcc", f"/build/{recipe.name}", f"/build/source/{unpacked}", f"/build/{name}", *arguments)
    stamp.put()


def loader(root: Root) -> None:
    """Give PyInstaller in /build/site a loader for this CPU: the wheel's, or one that is compiled in the root, once."""
    if root.name.partition("-")[2] in BOOTLOADERS:
        return
    kept = root.room / "bootloader"
    source = root.room / "pyinstaller"
    stamp = Stamp.of(kept.name, root.room, bundled.pinned("pyinstaller"), *_WAF, *_LOADER, root.compiler())
    if not (stamp.fits() and kept.exists()):
        say(f"{root.name}: compiling PyInstaller's loader, once")
        stamp.lift()
        run(["tar", "xf", bundled.source("pyinstaller"), "--strip-components=1"], cwd=empty(source))
        root.run("env", "--chdir=/build/pyinstaller/bootloader", *_WAF, *_LOADER)
        shutil.copytree(source / "PyInstaller" / "bootloader", empty(kept), dirs_exist_ok=True)
        stamp.put()
    shutil.copytree(kept, root.room / "site" / "PyInstaller" / "bootloader", dirs_exist_ok=True)
