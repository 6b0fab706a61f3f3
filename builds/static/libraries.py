"""What a static program is linked from: built once for each target and kept, from Debian's sources by recipes/*.sh."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builds.contents import extensions
from builds.debian import sources
from builds.shelf import Shelf
from builds.step import cache
from builds.target import Target
from builds.zig import Zig


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
    shelf = Shelf(target.name, made.prefix, zig)
    shelf.have("zlib", "zlib")
    shelf.have("libsodium", "libsodium")
    shelf.have("openssl", "openssl", target.openssl)
    shelf.have("python", "static_python", _modules(), target.triple, python(), upon="zlib")
    return made


def python() -> Path:
    """One for this machine, of the very version that is linked: it compiles the node, and the other's own modules."""
    shelf = Shelf("this machine", cache() / "rooms" / "static-python", None)
    shelf.have("python", "static_python", _modules())
    return shelf.place / "python" / sources()["python"].directory / "python"


def _modules() -> str:
    return " ".join(sorted(extensions()))
