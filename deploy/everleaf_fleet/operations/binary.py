"""The node's program: every version is a file of its own, and a symbolic link says which one is used.

A frozen file reads itself while it runs, so it is never written over; moving the link leaves a running node whole.
"""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import FileUploadCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host
from pyinfra.facts.files import Sha256File

from everleaf_fleet.facts.binary import LinkTarget


@operation()
def binary(source: str, sha256: str, version: str, versions: str, link: str) -> Generator[PyinfraCommand, None, None]:
    """Install a version and point the link at it.

    + source: the program here
    + sha256: its checksum, which the copy on the host must have before it is run
    + version: what to call it
    + versions: directory of the installed versions on the host
    + link: the name people call
    """
    target = f"{versions}/everleaf-{version}"
    if host.get_fact(Sha256File, path=target) != sha256:
        staged = f"{target}.new"
        yield StringCommand("mkdir -p", QuoteString(versions))
        yield FileUploadCommand(source, staged)
        yield StringCommand("printf '%s  %s\\n'", sha256, QuoteString(staged), "| sha256sum -c - >/dev/null")
        yield StringCommand("chmod 0755", QuoteString(staged), "&&", QuoteString(staged), "selftest")
        yield StringCommand("mv -f", QuoteString(staged), QuoteString(target))
    if host.get_fact(LinkTarget, link=link) == target:
        host.noop(f"{link} is already version {version}")
        return
    yield StringCommand("ln -sfn", QuoteString(target), QuoteString(f"{link}.new"))
    yield StringCommand("mv -fT", QuoteString(f"{link}.new"), QuoteString(link))
