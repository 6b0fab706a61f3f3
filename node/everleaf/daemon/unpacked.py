"""Where a single file's loader has unpacked it, and what those that were killed have left there.

That is removed only in a directory that is everleaf's alone: a user's other programs may be such files too, and run.
"""

from __future__ import annotations

import sys
from pathlib import Path

_NAME = "_MEI"  # what the names of such directories begin with


def unpacked() -> Path | None:
    """Where we are, if a loader waits for us and cleans up; None for a folder, a static program, the source tree."""
    place = Path(getattr(sys, "_MEIPASS", ""))
    return place if place.name.startswith(_NAME) else None


def remove_stale() -> list[Path]:
    """Remove them; which they were. Call it with the lock on the identity: nobody but us is unpacked there then."""
    ours = unpacked()
    if not ours:
        return []
    found = [each for each in sorted(ours.parent.glob(f"{_NAME}*")) if each != ours and not each.is_symlink()]
    return _remove(ours.parent, found) if found else []


def _remove(cache: Path, found: list[Path]) -> list[Path]:
    import shutil  # noqa: PLC0415  these two cost every start time and memory, and few need them

    from everleaf.platform import platforms  # noqa: PLC0415

    if str(cache) not in {row.cache for row in platforms().values()}:
        return []
    for each in found:
        shutil.rmtree(each, ignore_errors=True)  # another user's stays
    return [each for each in found if not each.exists()]
