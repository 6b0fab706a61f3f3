"""wine 10: this machine's own, or that of Debian 13, whose /usr takes the place of ours for each of its programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from machines.bases import Base, root_of

OLDEST = 10  # the parser of older ones takes `&&` and `||` for the same
DEBIAN = Base("wine", "trixie", "wine,wine64", "", "")  # nothing is started in it
PROGRAM = """#!/bin/sh
exec unshare --mount --propagation private sh -c 'mount --bind "$0" /usr && exec "$@"' '{usr}' {name}-stable "$@"
"""


def search_path(directory: Path) -> str:
    """What PATH should be; `directory` gets the programs if they are not this machine's own, and then needs root."""
    if _version() >= OLDEST:
        return os.environ["PATH"]
    usr = root_of(DEBIAN) / "usr"
    directory.mkdir()
    for name in ("wine", "wineboot", "wineserver"):
        (directory / name).write_text(PROGRAM.format(usr=usr, name=name))
        (directory / name).chmod(0o755)
    return f"{directory}:{os.environ['PATH']}"


def _version() -> int:
    """Of this machine's own; 0 if it has none."""
    if not shutil.which("wine"):
        return 0
    said = subprocess.run(["wine", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"wine-([0-9]+)", said)
    assert found, said
    return int(found[1])
