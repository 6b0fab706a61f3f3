"""What single files that were killed have left where they had unpacked themselves.

Only in a directory that is everleaf's alone: a user's other programs may be such files too, and run.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from everleaf.platform import platforms


def remove_stale() -> list[Path]:
    """Remove them; which they were. Call it with the lock on the identity: nobody but us is unpacked there then."""
    ours = Path(getattr(sys, "_MEIPASS", ""))
    if str(ours.parent) not in {row.cache for row in platforms().values()}:
        return []
    found = [each for each in sorted(ours.parent.glob("_MEI*")) if each != ours and not each.is_symlink()]
    for each in found:
        shutil.rmtree(each, ignore_errors=True)  # another user's stays
    return [each for each in found if not each.exists()]
