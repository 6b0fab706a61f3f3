"""A host without TUN: the node still peers, routes and answers queries."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from everleaf.errors import HostError
from everleaf.host.base import Applied, Device, Kind, ListeningPort, Observed, Problem, Wanted, Watch


class NoHost:
    """Refuses to open a device and says what to do instead."""

    def mtu_ceiling(self, kind: Kind) -> int:  # noqa: ARG002
        return 0

    def open(self, name: str, kind: Kind = Kind.TUN) -> Device:
        raise HostError(
            f"no {kind.value} backend for {sys.platform}, so {name!r} cannot be opened",
            fix='set interface.kind = "none" to run as a router without an address',
        )

    def apply(self, name: str, wanted: Wanted) -> Applied:
        raise HostError(f"no backend for {sys.platform} can give {name!r} an MTU of {wanted.mtu}")

    def observe(self, name: str) -> Observed | None:  # noqa: ARG002
        return None

    def watch(self) -> Watch:
        raise HostError(f"no backend for {sys.platform} can watch the network stack")

    def withdraw(self, name: str) -> tuple[Problem, ...]:  # noqa: ARG002
        """Nothing was ever made."""
        return ()

    def cleanup(self, name: str) -> Sequence[str]:  # noqa: ARG002
        return ()

    def listening_ports(self) -> Sequence[ListeningPort]:
        raise HostError(f"no backend for {sys.platform} can list listening ports")
