"""The fleet's names, as a block of the hosts file that everleaf alone writes."""

from __future__ import annotations

from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.model.lock import Lock

BEGIN = "# begin everleaf"
END = "# end everleaf"


def block(fleet: Fleet, lock: Lock) -> str:
    """The block with every host whose address is known; "" when the fleet has no names or nobody is known.

    Names by which hosts are dialled on the underlay stay what they are: a link must not lead through itself.
    """
    dialled = {spec.address for spec in fleet.hosts.values() if spec.connector != "lab"}
    lines = []
    for name in fleet.hosts:
        called = [word for word in (name, f"{name}.{fleet.name}") if word not in dialled]
        if called and name in lock.hosts:
            lines.append(" ".join([lock.hosts[name].address, *called]))
    return "\n".join([BEGIN, *lines, END, ""]) if fleet.names and lines else ""


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
