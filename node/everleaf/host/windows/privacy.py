"""Files of Windows that are their owner's alone, by an access control list that takes nothing from their directory.

Lists are texts of the security descriptor definition language here. Sources: "ACE Strings", "SID Strings" and "Security
Descriptor String Format" at learn.microsoft.com; MS-DTYP 2.5.1.1.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

# Protected from what a directory hands down; every right for the owner, the system and administrators.
PRIVATE = "D:P(A;;FA;;;OW)(A;;FA;;;SY)(A;;FA;;;BA)"
_GRANTS = '"*S-1-3-4:F" "*S-1-5-18:F" "*S-1-5-32-544:F"'  # the same three
_NO_LIST = "NO_ACCESS_CONTROL"
_ENTRY = re.compile(r"\((?P<kind>[A-Z]+);(?P<flags>[A-Z]*);[^;]*;[^;]*;[^;]*;(?P<whom>[^;)]+)")
_ALLOWS = {"A", "OA", "XA", "ZA"}
_ANYBODY = {
    "AN": "anonymous users",
    "AU": "authenticated users",
    "BG": "guests",
    "BU": "users",
    "DG": "guests of the domain",
    "DU": "users of the domain",
    "IU": "interactive users",
    "LG": "the guest",
    "NU": "users of the network",
    "WD": "everyone",
}


class SecurityApi(Protocol):
    """The calls, so that a model can stand in for Windows. Each raises OSError."""

    def create_file(self, path: str, security: str) -> int:
        """A new file that is secured so from its first moment on, as a descriptor to write to."""
        ...

    def access_list(self, descriptor: int) -> str:
        """That of a file which is open to be read."""
        ...


class AccessLists:
    """A `Privacy`. Others are those whom nobody named: who else was given a file, its owner should know."""

    def __init__(self, api: SecurityApi) -> None:
        self._api = api

    def create(self, path: Path) -> int:
        return self._api.create_file(str(path), PRIVATE)

    def exposure(self, descriptor: int) -> str:
        found = self._api.access_list(descriptor)
        if not found.startswith("D:") or _NO_LIST in found:  # as on a disk that keeps none
            return "no access control list"
        allowed = {entry["whom"] for entry in _ENTRY.finditer(found) if _applies(entry["kind"], entry["flags"])}
        return ", ".join(sorted(_ANYBODY[whom] for whom in allowed & _ANYBODY.keys()))

    def remedy(self, path: str | Path) -> str:
        return f'icacls "{path}" /reset, then icacls "{path}" /inheritance:r /grant:r {_GRANTS}'


def _applies(kind: str, flags: str) -> bool:
    """Whether an entry allows something, and not only to what is below a directory."""
    return kind in _ALLOWS and "IO" not in (flags[at : at + 2] for at in range(0, len(flags), 2))
