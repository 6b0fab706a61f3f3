"""The package that teaches a router what `interfaces everleaf` is."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from pyinfra.api.command import PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf.platform.service import File
from everleaf_fleet import router
from everleaf_fleet.facts.service import Done
from everleaf_fleet.operations.staging import place
from everleaf_fleet.shell import whole


@operation()
def packaged(source: str, sha256: str) -> Generator[PyinfraCommand, None, None]:
    """Have the package, from where the next firmware finds it as well. One that is installed stays as it is.

    + source: the package here; "" for one that somebody has put there
    + sha256: its checksum, which the copy on the router must have
    """
    if host.get_fact(Done, check=router.PACKAGE.check):
        host.noop("the package is installed")
        return
    if source:
        yield from place(source, File(f"{router.PACKAGES}/{Path(source).name}", "", "0644"), sha256)
    yield whole(router.PACKAGE.make)
