"""lsof of macOS: the processes that hold sockets, as far as we may see them; other users' only as root.

The output is that for programs (lsof(8), OUTPUT FOR OTHER PROGRAMS): a line is a letter and its field. `p` and `c`
open a process, `f` opens one of its files; `P`, `t`, `n` and `TST=` tell its protocol, family, name and TCP state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from everleaf.host.base import ListeningPort
from everleaf.host.bsd.ports import sockname
from everleaf.host.bsd.ports.listing import Listing

_FAMILIES = {"IPv4": "4", "IPv6": "6"}
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")


def parse(text: str) -> list[ListeningPort]:
    """What listens; every other line is passed over."""
    return [port for fields in _files(text) if (port := _port(fields))]


def _files(text: str) -> Iterator[Mapping[str, str]]:
    """The fields of each open file, with those of its process."""
    process: dict[str, str] = {}
    fields: dict[str, str] = {}
    for line in text.splitlines():
        letter, value = line[:1], line[1:]
        if letter in ("p", "f"):
            yield process | fields
            fields = {}
        if letter == "p":
            process = {"p": value}
        elif letter == "c":
            process["c"] = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), value)
        elif letter == "T":
            name, _, value = value.partition("=")
            fields[name] = value
        elif letter:
            fields[letter] = value
    yield process | fields


def _port(fields: Mapping[str, str]) -> ListeningPort | None:
    protocol, pid = fields.get("P", "").lower(), fields.get("p", "")
    if not re.fullmatch("[0-9]{1,10}", pid) or (protocol == "tcp" and fields.get("ST") != "LISTEN"):
        return None
    family = _FAMILIES.get(fields.get("t", ""), "?")
    return sockname.parse(protocol + family, fields.get("n", ""), fields.get("c", ""), int(pid))


DARWIN = Listing(("lsof", "-nP", "-i4", "-i6", "-F", "pcfPtnT"), parse)
