"""What is built from Debian's sources by recipes/*.sh: once for each target, and kept."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from builds.debian import sources, unpack
from builds.stamp import Stamp
from builds.step import empty, run, say
from builds.zig import Zig

RECIPES = Path(__file__).with_name("recipes")


@dataclass(frozen=True, slots=True)
class Shelf:
    """What was built for one machine, and what builds for it."""

    machine: str
    place: Path
    zig: Zig | None  # None: this machine's own compiler; what it builds stays where it was built

    def have(self, source: str, recipe: str, *arguments: str | Path, upon: str = "") -> None:
        """Build `source` by that recipe, unless it is there, made by this very recipe and compiler.

        `upon` is what of the shelf it is compiled with.
        """
        script = RECIPES / f"{recipe}.sh"
        below = sources()[upon].sha256 if upon else ""
        compiler = self.zig.text() if self.zig else run(["cc", "--version"])
        made_from = (sources()[source].sha256, below, *arguments, compiler, script.read_text("utf-8"))
        stamp = Stamp.of(source, self.place, *made_from)
        if stamp.fits():
            return
        say(f"{self.machine}: building {source}, once")
        stamp.lift()
        command = [script, unpack(source, empty(self.place / source)), self.place, *arguments]
        if self.zig:
            self.zig.run(command)
            shutil.rmtree(self.place / source)
        else:
            run(command)
        stamp.put()
