"""Make what check.py needs to run under wine: a Windows Python, with the node, its core, and the fake wintun.dll.

    .venv/bin/python tests/host/wine/prepare.py && tests/host/wine/run.sh tests/host/wine/check.py

Python and core are made as the released program's are. On a real Windows none of this is needed: run check.py there.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from builds.step import empty  # noqa: E402 - of this tree, wherever it is run from
from builds.target import find  # noqa: E402
from builds.wine import Wine  # noqa: E402
from builds.zig import Zig  # noqa: E402

from builds import bundled  # noqa: E402
from builds.windows import NAME, core, interpreter  # noqa: E402

OUT = ROOT / "build" / "wine"
FAKE = ROOT / "tests" / "core" / "windows" / "fake_wintun.c"


def main() -> None:
    """All of it, in build/wine."""
    zig = Zig.of(find(NAME), OUT / "zig")
    python = interpreter(OUT, zig)
    site = bundled.site(empty(OUT / "site"), "node")
    shutil.copytree(ROOT / "node" / "everleaf", site / "everleaf", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    core(OUT, zig, site / "everleaf" / "_core.pyd")
    headers = [f"-I{FAKE.parent}", f"-I{ROOT / 'node' / 'core'}"]
    zig.run(["zig-cc", "-shared", "-s", *headers, FAKE, "-o", python / "wintun.dll", "-liphlpapi"])
    Wine(OUT / "prefix", OUT).prepare()


main()
