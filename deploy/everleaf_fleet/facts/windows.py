"""What a host with Windows says. Files are fetched as they are: what `type` prints depends on a code page."""

from __future__ import annotations

import re
from io import BytesIO

from pyinfra.api.facts import FactBase
from pyinfra.context import host
from typing_extensions import override

from everleaf.platform import Platform
from everleaf_fleet.facts import service
from everleaf_fleet.facts.node import JsonFact
from everleaf_fleet.facts.program import Programs
from everleaf_fleet.programs import PREFIX, folder
from everleaf_fleet.windows import batch, places

_USED = re.compile(rf"{re.escape(PREFIX)}([^\\/\"]+)\\everleaf\.exe")


class Done(service.Done):
    """Whether lines of a check end well."""

    @override
    def command(self, check: str) -> str:
        return batch.done(check)


class Json(JsonFact):
    """What some lines print."""

    @override
    def command(self, lines: str) -> str:
        return lines


class Machine(FactBase[str]):
    """What Windows calls the processor, in the letters of `uname -m`."""

    @override
    @staticmethod
    def default() -> str:
        return ""

    @override
    def command(self) -> str:
        return "echo %PROCESSOR_ARCHITECTURE%"

    @override
    def process(self, output: list[str]) -> str:
        return "".join(output).strip().lower()


def content(path: str) -> bytes:
    """What is in a file; nothing if there is none."""
    found = BytesIO()
    host.get_file(path, found)
    return found.getvalue()


def text(path: str) -> str:
    """That of one of our files, as `plain`."""
    return plain(content(path))


def plain(content: bytes) -> str:
    """A file for people to read, with plain newlines."""
    return content.decode(errors="replace").replace("\r\n", "\n")


def programs(home: Platform) -> Programs:
    """The version that is used and the one before, as the manager's files name them."""
    service = home.join(places.root(home), "service.cmd")
    current, previous = (_folder(home, text(path)) for path in (service, places.previous(home)))
    return Programs(current, previous, tuple(path for path in (current, previous) if path))


def checksum(home: Platform, version: str) -> str:
    """Of the archive that a version came in."""
    return text(places.mark(home, version)).strip() if version else ""


def _folder(home: Platform, service: str) -> str:
    found = _USED.search(service)
    return folder(home, found[1]) if found else ""
