"""What is built from Debian's sources by recipes/*.sh: once for each target, and kept."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from builds.debian import sources, unpack
from builds.step import empty, run, say
from builds.zig import Zig

RECIPES = Path(__file__).with_name("recipes")


@dataclass(frozen=True, slots=True)
class Shelf:
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
