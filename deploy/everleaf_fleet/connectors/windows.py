r"""`@windows/NAME`: a host of a fleet that runs Windows, reached by its OpenSSH server.

Its shell may be cmd.exe or PowerShell, and no quoting means the same to both. So what is to be run becomes a file in
the login directory, which nobody else may write, and the shell is told nothing but that file's name.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import InventoryError
from pyinfra.api.output import echo
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import CommandOutput
from typing_extensions import override

from everleaf.errors import NodeError
from everleaf_fleet.connectors.overlay import OverlayConnector
from everleaf_fleet.inventory import data, member
from everleaf_fleet.windows import batch

_DRIVE = re.compile(r"[A-Za-z]:\\")


class _Batch(SSHConnector):
    """SSH to cmd.exe or PowerShell."""

    @override
    @staticmethod
    def make_names_data(name: str | None = None) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        if not name:
            raise InventoryError("name a host of the fleet: @windows/NAME")
        try:
            found = member(name)
        except NodeError as error:
            raise InventoryError(str(error)) from None
        yield f"@windows/{name}", data(found), ["@windows"]

    @override
    def run_shell_command(
        self, command: StringCommand, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        if print_input:
            echo(f"{self.host.print_prefix}>>> {command}", err=True)
        file = f"everleaf-{secrets.token_hex(8)}.cmd"
        self.put_file(BytesIO(batch.script(StringCommand(command).get_raw_value())), file)
        plain: dict[str, Any] = {"_shell_executable": None, "_timeout": arguments.get("_timeout")}
        try:
            return super().run_shell_command(StringCommand(f"cmd.exe /d /c .\\{file}"), print_output, **plain)
        finally:
            self.get_file_transfer_connection().remove(file)

    @override
    def put_file(self, filename_or_io: Any, remote_filename: str, *_: Any, **__: Any) -> bool:
        return super().put_file(filename_or_io, sftp_path(remote_filename))

    @override
    def get_file(self, remote_filename: str, filename_or_io: Any, *_: Any, **__: Any) -> bool:
        """Of a file that is not there nothing comes."""
        with suppress(FileNotFoundError):
            super().get_file(sftp_path(remote_filename), filename_or_io)
        return True


class WindowsConnector(_Batch):
    """By the host's own address."""


class WindowsOverlayConnector(_Batch, OverlayConnector):
    """By its address in the overlay, or else by the underlay's."""


def sftp_path(path: str) -> str:
    r"""A path of Windows as its SFTP server has it: `/C:/Program Files`."""
    return "/" * bool(_DRIVE.match(path)) + path.replace("\\", "/")
