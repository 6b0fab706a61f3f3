"""What a static program is linked from: built once for each target and kept, from Debian's sources by recipes/*.sh."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from builds.contents import extensions
from builds.debian import sources, unpack
from builds.static.zig import Zig
from builds.step import cache, empty, run, say
from builds.target import Target

RECIPES = Path(__file__).parents[1] / "recipes"


@dataclass(frozen=True, slots=True)
class Libraries:
    """Headers and archives of one target."""

    prefix: Path

    @property
    def includes(self) -> list[str]:
        """For the compiler."""
        return [f"-isystem{self.prefix / 'include'}", f"-isystem{self.prefix / 'include' / 'python'}"]

    @property
    def archives(self) -> list[Path]:
        """For the linker, each before what it needs."""
        names = ("python3.13", "Hacl_Hash_SHA2", "mpdec", "z", "sodium", "ssl", "crypto")
        return [self.prefix / "lib" / f"lib{name}.a" for name in names]


def libraries(target: Target, zig: Zig, room: Path) -> Libraries:
    """Those of `target`, kept in `room`."""
    made = Libraries(room / "libraries")
    shelf = _Shelf(target.name, made.prefix, zig)
    shelf.have("zlib", "zlib")
    shelf.have("libsodium", "libsodium")
    shelf.have("openssl", "openssl", target.openssl)
    shelf.have("python", "static_python", _modules(), target.triple, python())
    return made


def python() -> Path:
    """One for this machine, of the very version that is linked: it compiles the node, and the other's own modules."""
    shelf = _Shelf("this machine", cache() / "rooms" / "static-python", None)
    shelf.have("python", "static_python", _modules())
    return shelf.place / "python" / sources()["python"].directory / "python"


def _modules() -> str:
    return " ".join(sorted(extensions()))


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What was built for one machine, and what builds for it."""

    machine: str
    place: Path
    zig: Zig | None  # None: this machine's own compiler; what it builds stays where it was built

    def have(self, source: str, recipe: str, *arguments: str | Path) -> None:
        """Build `source` by that recipe, unless it is there, made by this very recipe and compiler."""
        script = RECIPES / f"{recipe}.sh"
        compiler = self.zig.text() if self.zig else ""
        told = "\n".join([sources()[source].sha256, *map(str, arguments), compiler, script.read_text("utf-8")])
        digest = hashlib.sha256(told.encode()).hexdigest()
        stamp = self.place / f"{source}.made"
        if stamp.exists() and stamp.read_text() == digest:
            return
        say(f"{self.machine}: building {source}, once")
        stamp.unlink(missing_ok=True)
        command = [script, unpack(source, empty(self.place / source)), self.place, *arguments]
        if self.zig:
            self.zig.run(command)
            shutil.rmtree(self.place / source)
        else:
            run(command)
        stamp.write_text(digest)
