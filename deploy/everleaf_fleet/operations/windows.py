"""What a deploy does to a host with Windows: the changes of `everleaf_fleet.windows`, one operation each."""

from __future__ import annotations

from collections.abc import Callable, Generator
from io import BytesIO

from pyinfra.api.command import FileUploadCommand, PyinfraCommand, StringCommand
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.context import host

from everleaf_fleet.facts.windows import Done, Json, content, text
from everleaf_fleet.member import Member
from everleaf_fleet.model.links import missing_keys
from everleaf_fleet.model.names import block, with_block, without_block
from everleaf_fleet.operations.health import fault
from everleaf_fleet.operations.outcome import awaited, changed
from everleaf_fleet.operations.staging import compare
from everleaf_fleet.windows import batch, places
from everleaf_fleet.windows.changes import (
    NEW,
    Change,
    back,
    changes,
    confirm,
    gate,
    healthy,
    present,
    status,
    told,
    waits,
)

_BYTES = "latin-1"  # whatever others have written into the hosts file stays as it is

Commands = Generator[PyinfraCommand, None, None]


@operation()
def change(
    member: Member, what: str, after: tuple[OperationMeta | None, ...] = (), returns: bool = False
) -> Generator[PyinfraCommand, None, None]:
    """Make one of the changes, unless all is as it should be.

    + member: the host. Its files are rendered when this runs, with the keys that other hosts have told by then
    + what: which change
    + after: operations that, if they change something, make this one necessary
    + returns: whether the host goes back to what it ran before if this fails
    """
    wanted = changes(member)[what]
    if _done(wanted.check) and not changed(*after):
        host.noop(f"{what.replace('_', ' ')}: already so")
    else:
        yield from _make(wanted, or_back(member) if returns else StringCommand)


@operation()
def archive(member: Member, source: str, sha256: str) -> Generator[PyinfraCommand, None, None]:
    """Have a version on the host that passes its selftest. It is not used yet.

    + member: the host
    + source: the archive of the program's folder, here
    + sha256: its checksum
    """
    home, version = member.home, member.fleet.version
    wanted = present(home, version, sha256)
    if _done(wanted.check):
        host.noop(f"version {version} is there")
        return
    yield FileUploadCommand(source, places.archive(home, version))
    yield StringCommand(wanted.make)


@operation()
def kept(member: Member, what: str = "way_back") -> Generator[PyinfraCommand, None, None]:
    """Before something changes, keep what is there and start the timer.

    + member: the host
    + what: which of the ways back
    """
    wanted = changes(member)[what]
    if not member.fleet.upgrade.rollback:
        host.noop("the fleet wants to stay with what fails")
    elif _done(wanted.check):
        host.noop("what it runs stays")
    else:
        yield from _make(wanted)


@operation()
def configuration(member: Member) -> Generator[PyinfraCommand, None, None]:
    """Put the configuration in place, if the program that is used accepts it.

    + member: the host. Its file is rendered when this runs, with the keys that other hosts have told by then
    """
    wanted = changes(member)["configuration"]
    will_name = awaited(member) & set(missing_keys(member.fleet, member.book.lock, member.spec))
    if _done(wanted.check) and not will_name:
        host.noop(f"{member.home.config} is as wanted")
    else:
        yield from _make(wanted, or_back(member))


@operation()
def names(member: Member, wanted: bool = True) -> Generator[PyinfraCommand, None, None]:
    """Have our block in the hosts file, as it should be by now, and nothing else of it touched.

    + member: the host
    + wanted: whether there should be one
    """
    path = member.home.hosts_file
    before = content(path).decode(_BYTES).replace("\r\n", "\n")
    after = with_block(before, block(member.fleet, member.book.lock)) if wanted else without_block(before)
    if before == after and not (wanted and member.fleet.names and awaited(member)):
        host.noop(f"{path} is as wanted")
        return
    compare(path, before, after)
    yield FileUploadCommand(BytesIO(after.replace("\n", "\r\n").encode(_BYTES)), path + NEW)
    yield StringCommand(f'{batch.copy(path + NEW, path)}\ndel /q "{path + NEW}"')


@operation()
def well(member: Member, kept: OperationMeta | None = None) -> Generator[PyinfraCommand, None, None]:
    """Wait until the node is as it should be, and confirm the change; if that takes too long, go back, and fail.

    + member: the host
    + kept: the operation that may have kept a way back
    """
    wrong, unconfirmed = _fault(member), changed(kept) or _done(waits(member.home))
    if not wrong and not unconfirmed:
        host.noop("the node is as it should be")
        return
    if wrong:
        yield or_back(member)(gate(member))
        wrong = _fault(member)
    if wrong:
        yield or_back(member)(batch.refuse(wrong))
    elif unconfirmed:
        yield StringCommand(confirm(member.home) if changed(kept) else told(member.home, "confirm"))


@operation()
def look(member: Member) -> Generator[PyinfraCommand, None, None]:
    """Be content with a healthy node, and fail on any other, which says what ails it.

    + member: the host
    """
    said = host.get_fact(Json, lines=status(member))
    if said and said["health"] == "healthy":
        host.noop(f"{said['address']} is healthy, with {len(said['peers'])} links")
        return
    yield StringCommand(healthy(member))


@operation()
def returned(member: Member) -> Generator[PyinfraCommand, None, None]:
    """Have a host that failed return now, if it has not already.

    + member: the host
    """
    if not _done(waits(member.home)):
        host.noop("it runs what it ran before")
        return
    yield StringCommand(back(member.home))


def or_back(member: Member) -> Callable[[str], StringCommand]:
    """Lines, and if they fail the return to what ran before; then they have failed all the same.

    Both at once, because after a failure the host is asked nothing more.
    """
    gone = batch.say("the node was not well; the host is back to what it ran before")
    back = f"{told(member.home, 'back')} && {gone}"
    head = "\n".join(["call :make", "if not errorlevel 1 exit /b 0", back, "exit /b 1", ":make"])
    return lambda lines: StringCommand(f"{head}\n{lines}\nexit /b %errorlevel%")


def _make(wanted: Change, wrapped: Callable[[str], StringCommand] = StringCommand) -> Commands:
    for file in wanted.files:
        path = file.path.removesuffix(NEW)
        compare(path, text(path), file.content.replace("\r\n", "\n"))
        yield FileUploadCommand(BytesIO(file.content.encode()), file.path)
    yield wrapped(wanted.make)


def _done(check: str) -> bool:
    done: bool = host.get_fact(Done, check=check)
    return done


def _fault(member: Member) -> str:
    return fault(member, host.get_fact(Json, lines=status(member)), "")
