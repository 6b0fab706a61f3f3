"""Where the versions of the node's program are on a host, each a file of its own."""

from __future__ import annotations

from everleaf.platform import Platform

PREFIX = "everleaf-"  # of the file of a version
PREVIOUS = "previous"  # the link beside them that says what was used before


def program(home: Platform, version: str) -> str:
    """The file of a version."""
    return home.join(home.versions, PREFIX + version)


def previous_program(home: Platform) -> str:
    """The link to the version that was used before."""
    return home.join(home.versions, PREVIOUS)
