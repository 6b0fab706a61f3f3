"""All that a host should be, as plain data: the same for pyinfra, for Ansible and for the plan."""

from __future__ import annotations

from dataclasses import dataclass

from everleaf.platform import Platform
from everleaf.platform.service import File, Service
from everleaf_fleet.model.fleet import Gate, HostSpec


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One host of a fleet. Made without asking it anything."""

    host: HostSpec
    platform: Platform
    config: File  # the node's configuration
    service: Service
    names: str  # lines for the hosts file; "" when the fleet has no names
    version: str  # of the program
    source: str  # where it comes from: a path here, or a URL
    sha256: str  # of it; "" until it has been seen
    public_key: str  # as the lock has it; "" until the host told us
    gate: Gate
