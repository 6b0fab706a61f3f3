"""The node's configuration, which replaces the old one only after the node itself has accepted it."""

from __future__ import annotations

from collections.abc import Generator
from hashlib import sha256
from io import BytesIO
from pathlib import PurePosixPath

from pyinfra.api.command import FileUploadCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host
from pyinfra.facts.files import Sha256File


@operation()
def config(content: str, path: str, binary: str) -> Generator[PyinfraCommand, None, None]:
    """Put a configuration in place.

    + content: the text of it
    + path: where it lives on the host
    + binary: the node's program on the host, which judges it
    """
    data = content.encode()
    if host.get_fact(Sha256File, path=path) == sha256(data).hexdigest():
        host.noop(f"{path} is already as wanted")
        return
    staged = QuoteString(f"{path}.new")
    yield StringCommand("mkdir -p", QuoteString(str(PurePosixPath(path).parent)))
    yield StringCommand("rm -f", staged, "&& umask 077 && touch", staged)
    yield FileUploadCommand(BytesIO(data), f"{path}.new")
    yield StringCommand(QuoteString(binary), "check --config", staged)
    yield StringCommand("mv -f", staged, QuoteString(path))
