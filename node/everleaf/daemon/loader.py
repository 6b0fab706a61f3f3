"""The process that has unpacked a single file, waits for the node in it and cleans up: without it we must not go on."""

from __future__ import annotations

import os
import sys
from typing import Protocol

from everleaf.daemon.unpacked import unpacked


class Loader(Protocol):
    """Our parent, by its number and as long as it is there."""

    @property
    def pid(self) -> int: ...

    def gone(self) -> bool:
        """Whether it has ended."""
        ...


class _PosixLoader:
    """Whoever loses a parent gets another one."""

    def __init__(self) -> None:
        self.pid = os.getppid()

    def gone(self) -> bool:
        return os.getppid() != self.pid


def loader() -> Loader | None:
    """Ours; None where nobody waits for us. Raises HostError when this system does not tell."""
    if not unpacked():
        return None
    if sys.platform == "win32":
        from everleaf.host.windows.dlls import Dlls  # noqa: PLC0415  there are none elsewhere
        from everleaf.host.windows.parent import WindowsParent  # noqa: PLC0415

        return WindowsParent(Dlls(), os.getpid())
    return _PosixLoader()
