"""A decoder to be fuzzed, and the invariants most decoders share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from everleaf.errors import WireError

T = TypeVar("T")


class Encodable(Protocol):
    """A message that knows its bytes."""

    def encode(self) -> bytes: ...


E = TypeVar("E", bound=Encodable)


@dataclass(frozen=True, slots=True)
class Target:
    """One decoder."""

    name: str
    invariant: str  # what `run` demands, in one sentence
    run: Callable[[bytes], bool]  # whether the input was accepted; raises when the invariant does not hold
    seeds: Sequence[bytes]  # good input, each accepted; mutations start here


def stable(decode: Callable[[bytes], T], encode: Callable[[T], bytes]) -> Callable[[bytes], bool]:
    """Demand that decoding raises nothing but WireError, and that what it gives survives a second round."""

    def run(data: bytes) -> bool:
        try:
            first = decode(data)
        except WireError:
            return False
        again = decode(encode(first))
        assert again == first, f"{first} became {again}"
        return True

    return run


def message(name: str, decode: Callable[[bytes], E], seeds: Sequence[bytes]) -> Target:
    """The target for a decoder whose result has `encode`."""
    invariant = "raises only WireError; what decodes, encodes to bytes that decode to the same"
    return Target(name, invariant, stable(decode, lambda decoded: decoded.encode()), seeds)
