"""How this system keeps a key file to its owner."""

from __future__ import annotations

import sys

from everleaf.privacy import Modes, Privacy


def this_privacy() -> Privacy:
    """By modes, or by an access control list where there are none."""
    if sys.platform == "win32":
        from everleaf.host.windows.privacy import AccessLists  # noqa: PLC0415  there are none elsewhere
        from everleaf.host.windows.security_dlls import SecurityDlls  # noqa: PLC0415

        return AccessLists(SecurityDlls())
    return Modes()
