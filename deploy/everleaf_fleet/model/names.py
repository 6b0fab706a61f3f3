"""The fleet's names, as a block of the hosts file that everleaf alone writes."""

from __future__ import annotations

from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.model.lock import Lock

BEGIN = "# begin everleaf"
END = "# end everleaf"


def block(fleet: Fleet, lock: Lock) -> str:
    """The block with every host whose address is known; "" when the fleet has no names or nobody is known."""
    known = [(lock.hosts[name].address, name) for name in fleet.hosts if name in lock.hosts]
    if not fleet.names or not known:
        return ""
    lines = [f"{address} {name} {name}.{fleet.name}" for address, name in known]
    return "\n".join([BEGIN, *lines, END, ""])


def with_block(text: str, ours: str) -> str:
    """The text of a hosts file with our block at its end, and no other one of ours."""
    rest = without_block(text)
    return rest + ("" if rest.endswith("\n") or not rest or not ours else "\n") + ours


def without_block(text: str) -> str:
    """The text of a hosts file without our block. One that never ends is left alone: it may not be ours."""
    lines = text.splitlines(keepends=True)
    stripped = [line.strip() for line in lines]
    if BEGIN not in stripped or END not in stripped[stripped.index(BEGIN) :]:
        return text
    first = stripped.index(BEGIN)
    return "".join(lines[:first] + lines[stripped.index(END, first) + 1 :])
