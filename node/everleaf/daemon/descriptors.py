"""How many descriptors the system grants us, and how many of them outsiders may use up."""

from __future__ import annotations

import sys

WANTED = 4096  # twice as many as links may come in
RESERVED = 64  # for what does not come from outside: dialling, the admin socket, files


def first_reserved() -> float:
    """Ask for enough. The system gives the lowest first: who connects and gets this one, or a higher, is too many."""
    if sys.platform == "win32":
        return float("inf")
    import resource  # noqa: PLC0415  not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    granted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < granted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
        soft = granted
    return float("inf") if soft == resource.RLIM_INFINITY else soft - RESERVED
