"""The recipe "machine": the node compiled and frozen by PyInstaller on a system of the target, which is this one."""

from __future__ import annotations

import platform
import re
import sys

from builds.errors import BuildError
from builds.frozen import Frozen
from builds.step import empty, run, say
from builds.target import Target

from builds import tree

_SYSTEMS = {
    "linux": "Linux",
    "macos": "Darwin",
    "freebsd": "FreeBSD",
    "openbsd": "OpenBSD",
    "netbsd": "NetBSD",
    "dragonfly": "DragonFly",
}
_MACHINES = {"x86_64": ("x86_64", "amd64"), "arm64": ("arm64", "aarch64")}


def freeze(target: Target) -> Frozen:
    """Build both forms from the working tree, with this Python and this system's libraries."""
    refuse_another(target, platform.system(), platform.machine())
    environment = tree.environment()
    place = empty(tree.ROOT / "build" / "machine")
    say(f"{target.name}: compiling the core")
    run([sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"], cwd=tree.ROOT, env=environment)
    say(f"{target.name}: freezing")
    freezer = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    paths = [f"--distpath={place / 'dist'}", f"--workpath={place / 'work'}"]
    run([*freezer, *paths, "builds/node.spec"], cwd=tree.ROOT, env=environment)
    return Frozen(place / "dist" / "everleaf", place / "dist" / "everleaf-folder")


def refuse_another(target: Target, system: str, machine: str) -> None:
    """Raise BuildError unless such a machine, by its words for itself, is what `target` is for."""
    found = re.match(r"([a-z]+)[0-9]*-([a-z0-9_]+)", target.name)
    assert found
    name, architecture = found.groups()
    if (_SYSTEMS[name], machine) not in {(system, word) for word in _MACHINES[architecture]}:
        raise BuildError(
            f"{target.name} cannot be built on {system} {machine}", fix=f"build it on {_SYSTEMS[name]} {architecture}"
        )
