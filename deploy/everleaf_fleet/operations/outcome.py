"""What became of the operations before, for those that depend on it; and what will become of other hosts."""

from __future__ import annotations

from pyinfra.api.operation import OperationMeta
from pyinfra.context import host

from everleaf_fleet.member import Member


def changed(*earlier: OperationMeta | None) -> bool:
    """Whether any of them changed something; in a dry run, whether it would. None is one that was left out."""
    return any(meta.did_change() if meta.is_complete() else meta.will_change for meta in earlier if meta)


def awaited(member: Member) -> set[str]:
    """Hosts of this run that have no key yet, and will: what names them will change. None once that is done."""
    if host.state.is_executing:
        return set()
    others = [other.data.get("everleaf") for other in host.state.activated_hosts]
    return {other.name for other in others if other and other.book is member.book and not other.locked}
