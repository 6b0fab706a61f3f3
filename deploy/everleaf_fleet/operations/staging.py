"""How a file comes to a host: beside its place, judged there, then moved, so that nobody ever sees half of it."""

from __future__ import annotations

from collections.abc import Generator
from io import BytesIO
from pathlib import PurePosixPath

from pyinfra import logger
from pyinfra.api.command import FileUploadCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.context import host
from pyinfra.facts.files import FileContents
from pyinfra.operations.util.files import generate_color_diff

from everleaf.platform.service import File
from everleaf_fleet.facts.entry import checksum
from everleaf_fleet.redaction import redacted
from everleaf_fleet.shell import has_checksum

Commands = Generator[PyinfraCommand, None, None]


def put(file: File, judge: StringCommand | None = None) -> Commands:
    """Put a text in place. `judge` must accept it first, at its `staged` name."""
    show(file.path, file.content)
    yield from place(BytesIO(file.content.encode()), file, checksum(file), judge)


def place(source: str | BytesIO, file: File, sha256: str, judge: StringCommand | None = None) -> Commands:
    """The same for any content: `source` is a path here, or the bytes; that of `file` is not looked at."""
    new, path = QuoteString(staged(file.path)), QuoteString(file.path)
    directory = QuoteString(str(PurePosixPath(file.path).parent))
    yield StringCommand("mkdir -p", directory, "&& rm -f", new, "&& umask 077 && : >", new)
    yield FileUploadCommand(source, staged(file.path))
    owner = StringCommand("chown", f"{file.owner}:{file.group}", new, "&& chmod", file.mode, new)
    accepted = ["&&", judge] if judge else []
    yield StringCommand(has_checksum(staged(file.path), sha256), "&&", owner, *accepted, "&& mv -f", new, path)


def staged(path: str) -> str:
    """Where a file waits for its judgement."""
    return f"{path}.new"


def show(path: str, text: str) -> None:
    """With --diff: what would change in a file, but for what is secret in it."""
    if host.state.config.DIFF:
        compare(path, "".join(f"{line}\n" for line in host.get_fact(FileContents, path=path) or []), text)


def compare(path: str, there: str, text: str) -> None:
    """With --diff: the same for a file whose text is known."""
    if not host.state.config.DIFF:
        return
    before, after = (redacted(side).splitlines(keepends=True) for side in (there, text))
    host.log(f"Will {'modify' if before else 'create'} {path}")
    for line in generate_color_diff(before, after):
        logger.info("  %s", line)
