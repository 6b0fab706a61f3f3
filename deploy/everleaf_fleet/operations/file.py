"""The files of a service manager."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf.platform.service import Service
from everleaf_fleet.facts.entry import Entries, matches
from everleaf_fleet.operations.staging import put
from everleaf_fleet.shell import whole


@operation()
def files(service: Service) -> Generator[PyinfraCommand, None, None]:
    """Put every file in place that is not as wanted, and then tell the manager.

    + service: the files, and how the manager is told
    """
    there = host.get_fact(Entries, paths=[file.path for file in service.files])
    wrong = [file for file in service.files if not matches(file, there.get(file.path))]
    if not wrong:
        host.noop(f"every file of {service.manager} is as wanted")
        return
    for file in wrong:
        yield from put(file)
    yield whole(service.commands["refresh"])
