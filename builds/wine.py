"""wine: a Windows of its own in a directory, in which programs for Windows run on this machine."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from builds.errors import BuildError
from builds.step import run, say

_RUN = Path(__file__).with_name("wine.sh")


@dataclass(frozen=True, slots=True)
class Wine:
    """One prefix, and a directory of ours that is its drive B:, so that paths are the same on every machine."""

    prefix: Path
    room: Path

    def run(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        """Run a program there; what it printed."""
        self.prepare()
        return run([_RUN, *words], env={"WINEPREFIX": str(self.prefix)} | dict(env or {}))

    def command(self, program: Path) -> list[str]:
        """What runs `program` there, as if it were one of this machine; arguments follow."""
        self.prepare()
        return ["env", f"WINEPREFIX={self.prefix}", str(_RUN), str(program)]

    def leftovers(self) -> list[str]:
        """What single files unpacked and did not take away."""
        return [path.name for path in self.prefix.glob("drive_c/users/*/Temp/_MEI*")]

    def prepare(self) -> None:
        """Make the Windows, unless it is there. Raises BuildError when this machine has no wine."""
        if not shutil.which("wine"):
            raise BuildError("wine is missing", fix="install it; on Debian: apt install wine wine64")
        if not (self.prefix / "system.reg").exists():
            say(f"making a Windows in {self.prefix}, once")
            self.prefix.parent.mkdir(parents=True, exist_ok=True)
            quiet = {"WINEPREFIX": str(self.prefix), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}
            run(["wineboot", "--init"], env=quiet)
            run(["wine", "winecfg", "-v", "win10"], env=quiet)
            run(["wineserver", "--wait"], env=quiet)
        drive = self.prefix / "dosdevices" / "b:"
        if not drive.is_symlink() or drive.readlink() != self.room:
            drive.unlink(missing_ok=True)
            drive.symlink_to(self.room)
