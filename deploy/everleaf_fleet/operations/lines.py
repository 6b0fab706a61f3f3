"""The node's part of a router's configuration: typed, committed and saved in one session, by a script of ours."""

from __future__ import annotations

from collections.abc import Generator
from io import BytesIO

from pyinfra import logger
from pyinfra.api.command import PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf.errors import UnavailableError
from everleaf.platform import Platform
from everleaf.platform.service import File
from everleaf_fleet import router
from everleaf_fleet.facts.entry import Entries, checksum, matches
from everleaf_fleet.facts.lines import says, there
from everleaf_fleet.member import Member
from everleaf_fleet.model.links import missing_keys
from everleaf_fleet.operations.deadman import or_back
from everleaf_fleet.operations.outcome import awaited
from everleaf_fleet.operations.staging import place
from everleaf_fleet.shell import refuse

_LEFT = "the router did not commit what it was told; run what is in /config/user-data there, and see what it says"


@operation()
def typed(member: Member) -> Generator[PyinfraCommand, None, None]:
    """Have the router say what the fleet wants of its interface, and leave the rest of its configuration alone.

    What `commit` says is for people. Whether it did it, the configuration tells.

    + member: the host. Its script is rendered when this runs, with the keys that other hosts have told by then
    """
    at = router.tun(member.home)
    try:
        file = member.blueprint().config
    except UnavailableError as error:  # in a dry run, before the keys are made: then it is a change all the same
        yield refuse(str(error))
        return
    kept = matches(file, host.get_fact(Entries, paths=[file.path]).get(file.path))
    will_name = awaited(member) & set(missing_keys(member.fleet, member.book.lock, member.spec))
    if kept and says(file, at) and not will_name:
        host.noop(f"{router.place(at)} is as wanted")
        return
    _show(file, at)
    yield from _put(file)
    if says(file, at) and not will_name:
        return
    yield or_back(_run(file), member)
    if not says(file, at):
        yield or_back(refuse(_LEFT), member)


@operation()
def untyped(home: Platform) -> Generator[PyinfraCommand, None, None]:
    """Take the interface out of the router's configuration, whoever said what there.

    + home: where the node was
    """
    at = router.tun(home)
    ours = there(router.place(at))
    if set(there(router.ALL)) - set(ours):
        yield refuse(f"there are other {router.ALL} than {at}, which need the package; delete them first")
    elif ours:
        file = router.script(home, at, [f"delete {router.place(at)}"])
        yield from _put(file)
        yield _run(file)
        if there(router.place(at)):
            yield refuse(_LEFT)
    else:
        host.noop(f"there is no {router.place(at)}")


def _put(file: File) -> Generator[PyinfraCommand, None, None]:
    """What --diff shows are the router's lines, not this file's."""
    yield from place(BytesIO(file.content.encode()), file, checksum(file))


def _run(file: File) -> StringCommand:
    return StringCommand("vbash", QuoteString(file.path), "</dev/null")


def _show(file: File, interface: str) -> None:
    """With --diff: what the router will say otherwise."""
    if not host.state.config.DIFF:
        return
    for change in router.changes(*router.both(file.content, there(router.place(interface)), interface)):
        logger.info("  %s", change)
