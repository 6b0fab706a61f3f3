"""Which peer should be our parent. Pure; the tree asks once a second and changes at most one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from everleaf.control.infos import Infos

WORTH_MOVING = 2  # at a renewal, another parent must be this many times cheaper


@dataclass(frozen=True, slots=True)
class Choice:
    """A root and the way to it."""

    root: bytes
    parent: bytes  # our own key: be root
    cost: float  # hops to the root times the link's cost


def choose_parent(
    own: bytes, infos: Infos, costs: Mapping[bytes, int], candidates: list[bytes], refresh: bool
) -> Choice:
    """The best of the present parent and `candidates`, the peers that have signed a place for us.

    `costs` has every proven peer. The lowest root wins. Between ways to the same root we stay where we are, unless
    our announce is due anyway (`refresh`) and another way is clearly better, or the present parent is out already.
    """
    me = infos.get(own)
    parent = me.parent if me else own
    best = _present(own, infos, costs, parent)
    for key in sorted(candidates):
        option = _option(own, infos, costs, key)
        if option is None or option.root > best.root:
            continue
        better = option.root < best.root
        cheaper = refresh and WORTH_MOVING * option.cost < best.cost
        replacement = best.parent != parent and option.cost < best.cost
        if better or cheaper or replacement:
            best = option
    return best


def _present(own: bytes, infos: Infos, costs: Mapping[bytes, int], parent: bytes) -> Choice:
    """Where we are: measured from ourselves, one hop more than a candidate is measured."""
    alone = Choice(own, own, float("inf"))
    if parent not in costs:
        return alone
    hops = infos.walk(own)
    root = next(reversed(hops))
    return Choice(root, parent, hops[root] * costs[parent]) if root < own else alone


def _option(own: bytes, infos: Infos, costs: Mapping[bytes, int], key: bytes) -> Choice | None:
    hops = infos.walk(key)
    if not hops or own in hops:  # unknown, or it would be a loop through us
        return None
    root = next(reversed(hops))
    return Choice(root, key, hops[root] * costs[key])
