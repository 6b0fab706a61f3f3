"""Where the versions of the node's program are on a host, each a file of its own, or on Windows a folder."""

from __future__ import annotations

from dataclasses import replace

from everleaf.platform import WINDOWS, Platform

PREFIX = "everleaf-"  # of the file of a version
PREVIOUS = "previous"  # the link beside them that says what was used before


def program(home: Platform, version: str) -> str:
    """The file of a version."""
    if home.system == WINDOWS:
        return home.join(folder(home, version), "everleaf.exe")
    return home.join(home.versions, PREFIX + version)


def folder(home: Platform, version: str) -> str:
    """Where everything of a version is on Windows, whose services are no single files."""
    return home.join(home.versions, PREFIX + version)


def previous_program(home: Platform) -> str:
    """The link to the version that was used before."""
    return home.join(home.versions, PREVIOUS)


def used(home: Platform, version: str) -> Platform:
    """That platform with what runs where a fleet has put `version`.

    On Windows no link leads there: the manager's file names the version itself, and so it says which one is used.
    """
    return replace(home, binary=program(home, version)) if home.system == WINDOWS else home
