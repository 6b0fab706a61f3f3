"""What single files that were killed have left where they had unpacked themselves.

Only in a directory that is everleaf's alone: a user's other programs may be such files too, and run.
"""

from __future__ import annotations

import sys
from pathlib import Path


def remove_stale() -> list[Path]:
    """Remove them; which they were. Call it with the lock on the identity: nobody but us is unpacked there then."""
    ours = Path(getattr(sys, "_MEIPASS", ""))
    found = [each for each in sorted(ours.parent.glob("_MEI*")) if each != ours and not each.is_symlink()]
    return _remove(ours.parent, found) if found else []


def _remove(cache: Path, found: list[Path]) -> list[Path]:
    import shutil  # noqa: PLC0415  these two cost every start time and memory, and few need them

    from everleaf.platform import platforms  # noqa: PLC0415

    if str(cache) not in {row.cache for row in platforms().values()}:
        return []
    for each in found:
        shutil.rmtree(each, ignore_errors=True)  # another user's stays
    return [each for each in found if not each.exists()]
