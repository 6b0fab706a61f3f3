"""What stops a build."""

from __future__ import annotations


class BuildError(Exception):
    """What happened, and below it what to do or what the tool said."""

    def __init__(self, what: str, *, fix: str = "") -> None:
        super().__init__(f"{what}\n{fix}" if fix else what)
