"""Where the toolkit has its own things on a host with Windows."""

from __future__ import annotations

from everleaf.platform import Platform
from everleaf.platform.service import Service
from everleaf_fleet.programs import folder

TASK = "everleaf-way-back"  # the scheduled task that returns
TAR = r"%SystemRoot%\System32\tar.exe"  # another one on the path may take `C:` for a host


def root(home: Platform) -> str:
    """Only administrators write there, and everybody may read."""
    return home.parent(home.versions)


def service_file(service: Service) -> str:
    """The manager's file. It names the version that is used."""
    return service.files[0].path


def previous(home: Platform) -> str:
    """The manager's file of the version that was used before."""
    return home.join(home.versions, "previous.cmd")


def archive(home: Platform, version: str) -> str:
    """Where a version arrives."""
    return f"{folder(home, version)}.tgz"


def mark(home: Platform, version: str) -> str:
    """Holds the checksum of the archive that a version came in, once that version has passed its selftest."""
    return home.join(folder(home, version), "sha256")


def read(home: Platform) -> str:
    """Says which files the running node has read."""
    return home.join(home.runtime, "read")


def deadman(home: Platform) -> str:
    """The script of the way back."""
    return home.join(root(home), "deadman.cmd")


def task(home: Platform) -> str:
    """What the task scheduler is told of it."""
    return home.join(root(home), "deadman.xml")


def change(home: Platform, what: str) -> str:
    """The directory with what ran before a change, which is `unconfirmed`, `confirmed` or `returning`."""
    return home.join(home.state, what)
