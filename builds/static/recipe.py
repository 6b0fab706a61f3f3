"""From sources to one file that asks the system for nothing: no interpreter, no library, no file beside it."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

from builds.frozen import Frozen
from builds.static import archive
from builds.static.libraries import Libraries, libraries, python
from builds.step import cache, empty, run, say
from builds.target import Target, version
from builds.zig import Zig

from builds import bundled, tree

HERE = Path(__file__).parent

# musl gives threads 128 KiB unless the program says otherwise; Python's are written for more.
_LINK = ("-static", "-s", "-pthread", "-Wl,--gc-sections", "-Wl,-z,stack-size=0x800000")


def freeze(target: Target) -> Frozen:
    """Build `target` from the working tree."""
    room = cache() / "rooms" / target.name
    zig = Zig.of(target, room / "programs")
    made = libraries(target, zig, room)
    copied = tree.copy(room / "tree")
    say(f"{target.name}: compiling the core")
    program = _link(zig, made, copied, empty(room / "work"))
    say(f"{target.name}: appending the node")
    site = bundled.site(empty(room / "site"), "node")
    inside = _compiled(copied, site, empty(room / "modules")) + _data(copied / "node")
    epoch = int(tree.environment()["SOURCE_DATE_EPOCH"])
    return Frozen(archive.append(program, inside, epoch, empty(room / "dist") / "everleaf"), None)


def _link(zig: Zig, made: Libraries, copied: Path, place: Path) -> Path:
    """Python with the core in it."""
    program = place / "everleaf"
    setup = runpy.run_path(str(copied / "setup.py"))
    sources = [HERE / "main.c", *setup["sources"]("linux")]
    defines = [f'-DEVERLEAF_VERSION="{version()}"', *zig.telling()]
    options = [*setup["FLAGS"], *setup["RELEASE"], *defines, *made.includes, *_LINK]
    zig.run(["zig-cc", *options, "-o", program, *sources, *made.archives, "-lm"], cwd=copied)
    return program


def _compiled(copied: Path, site: Path, place: Path) -> list[tuple[str, Path]]:
    """The bytecode of all that the node imports."""
    directories = [copied / "node", site, python().with_name("Lib")]
    environment = tree.environment() | {"PYTHONPATH": str(copied)}
    run([python(), HERE / "modules.py", place, *directories], env=environment)
    return archive.below(place)


def _data(node: Path) -> list[tuple[str, Path]]:
    """What the node reads, as node.spec has it."""
    package = node / "everleaf"
    patterns = ("host/abi/*.toml", "platform/*.toml", "platform/templates/*", "COMMIT")
    return [(os.path.relpath(path, node), path) for pattern in patterns for path in package.glob(pattern)]
