"""The fleet's names in the hosts file."""

from __future__ import annotations

from collections.abc import Generator
from io import BytesIO

from pyinfra.api.command import FileUploadCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host
from pyinfra.facts.files import FileContents

from everleaf.platform import Platform
from everleaf_fleet.member import Member
from everleaf_fleet.model.names import block, with_block, without_block
from everleaf_fleet.operations.outcome import awaited
from everleaf_fleet.operations.staging import show, staged


@operation()
def names(member: Member) -> Generator[PyinfraCommand, None, None]:
    """Have our block in the hosts file, as it should be by now, and nothing else of it touched.

    + member: the host
    """
    text = _text(member.home)
    wanted = with_block(text, block(member.fleet, member.book.lock))
    if text == wanted and not (member.fleet.names and awaited(member)):
        host.noop(f"{member.home.hosts_file} is as wanted")
    else:
        yield from _write(member.home, wanted)


@operation()
def nameless(home: Platform) -> Generator[PyinfraCommand, None, None]:
    """Take our block out of the hosts file.

    + home: where that file is
    """
    text = _text(home)
    if text == without_block(text):
        host.noop(f"{home.hosts_file} is not ours")
    else:
        yield from _write(home, without_block(text))


def _text(home: Platform) -> str:
    lines = host.get_fact(FileContents, path=home.hosts_file) or []
    return "".join(f"{line}\n" for line in lines)


def _write(home: Platform, text: str) -> Generator[PyinfraCommand, None, None]:
    """Mode and owner stay. In a container the file may be a mount of its own, which cannot be renamed over."""
    show(home.hosts_file, text)
    path, new = QuoteString(home.hosts_file), QuoteString(staged(home.hosts_file))
    yield StringCommand("! test -f", path, "|| cp -p", path, new)
    yield FileUploadCommand(BytesIO(text.encode()), staged(home.hosts_file))
    yield StringCommand("mv -f", new, path, "2>/dev/null || { cat", new, ">", path, "&& rm -f", new, "; }")
