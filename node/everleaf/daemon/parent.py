"""The first process of a single file: it waits for the node and cleans up behind it. The node must not outlive it."""

from __future__ import annotations

import os
import sys

from everleaf.daemon.unpacked import unpacked

if sys.platform == "win32":
    import _winapi


class Parent:
    """It, if this is a single file. Otherwise whoever started us may go."""

    def __init__(self) -> None:
        """Call it at the start: what it finds is taken for the parent."""
        self.pid = os.getppid()
        self._watched = unpacked() is not None
        if sys.platform == "win32" and self._watched:
            try:  # a process keeps its parent's number there, whoever has it by now; a handle stays with the process
                self._handle = _winapi.OpenProcess(_winapi.SYNCHRONIZE, False, self.pid)
            except OSError:
                self._watched = False

    def gone(self) -> bool:
        """Whether it has ended."""
        if not self._watched:
            return False
        if sys.platform == "win32":
            return _winapi.WaitForSingleObject(self._handle, 0) == _winapi.WAIT_OBJECT_0
        return os.getppid() != self.pid
