"""A step of the platform's table: its account, its TUN."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf.platform import Step
from everleaf_fleet.facts.service import Done
from everleaf_fleet.shell import whole


@operation()
def step(wanted: Step) -> Generator[StringCommand, None, None]:
    """Make it so, unless it is.

    + wanted: how to see that it is so, and how to make it so
    """
    if host.get_fact(Done, check=wanted.check):
        host.noop(f"already so: {wanted.check}")
        return
    yield whole(wanted.make)


@operation()
def undone(wanted: Step) -> Generator[StringCommand, None, None]:
    """Take it back, where it can be.

    + wanted: how to see that it is so, and how to take it back
    """
    if not wanted.unmake or not host.get_fact(Done, check=wanted.check):
        host.noop("nothing to take back")
        return
    yield whole(wanted.unmake)
