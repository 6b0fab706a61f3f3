"""The source tree as a build sees it: what git knows, the commit it stands for, and that commit's time."""

from __future__ import annotations

import shutil
from pathlib import Path

from builds.step import empty, run

ROOT = Path(__file__).parents[1]
_NEEDED = ("node", "deploy", "builds", "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")


def copy(place: Path) -> Path:
    """Copy what builds need into `place`, the edits of the working tree included; `place`."""
    empty(place)
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *_NEEDED], cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    if not run(["git", "status", "--porcelain", *_NEEDED], cwd=ROOT):
        (place / "node" / "everleaf" / "COMMIT").write_text(run(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT))
    return place


def environment() -> dict[str, str]:
    """What makes two builds of one commit the same: its time for every time stamp, and no randomness in hashes.

    And no columns of source lines in the bytecode, which only make it larger.
    """
    epoch = run(["git", "log", "-1", "--format=%ct"], cwd=ROOT).strip()
    return {
        "SOURCE_DATE_EPOCH": epoch,
        "PYTHONHASHSEED": "0",
        "PYTHONNODEBUGRANGES": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
