"""`@lab`: the hosts of a lab that runs on this machine.

`@lab` means all of them and `@lab/h1` one; `@lab/PID` and `@lab/PID/h1` choose among several labs. A host brings its
place in a fleet with it as data: that of a `fleet.toml` which names it, else that of the lab's own fleet.
"""

# pyinfra types what its connectors are, but not what helps them.
# mypy: untyped-calls-exclude=pyinfra

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError, InventoryError
from pyinfra.api.util import get_file_io
from pyinfra.connectors.base import BaseConnector
from pyinfra.connectors.util import (
    CommandOutput,
    extract_control_arguments,
    make_unix_command_for_host,
    write_stdin,
)
from typing_extensions import Unpack, override

from everleaf.errors import NodeError
from everleaf_fleet.connectors import child
from everleaf_fleet.lab import Lab, LabHost
from everleaf_fleet.lab.fleet import fleet_of
from everleaf_fleet.member import Member
from everleaf_fleet.model.book import Book

if TYPE_CHECKING:
    from pyinfra.api.arguments import ConnectorArguments
    from pyinfra.api.host import Host
    from pyinfra.api.state import State


class LabConnector(BaseConnector):
    """Enters the namespaces of a host for every command and file."""

    handles_execution = True

    def __init__(self, state: State, host: Host) -> None:
        super().__init__(state, host)
        self._inside = LabHost(host.data.lab_host, host.data.lab_init)

    @override
    @staticmethod
    def make_names_data(name: str | None = None) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        pid, _, rest = (name or "").partition("/")
        wanted = rest if pid.isdecimal() else name
        try:
            lab = _lab(int(pid) if pid.isdecimal() else None)
        except NodeError as error:
            raise InventoryError(str(error)) from None
        try:
            hosts = [lab.host(wanted)] if wanted else lab.hosts
        except NodeError as error:  # of many hosts, it is this one that cannot be reached
            yield f"@lab/{wanted}", {"lab_host": wanted, "lab_init": 0, "lab_problem": str(error)}, ["@lab"]
            return
        for host in hosts:
            yield f"@lab/{host.name}", _data(lab, host), ["@lab"]

    @override
    def connect(self) -> None:
        if problem := self.host.data.get("lab_problem"):
            raise ConnectError(problem)
        status, output = self.run_shell_command(StringCommand("true"))
        if not status:
            raise ConnectError(f"the host has ended: {output.stderr}")

    @override
    def run_shell_command(
        self,
        command: StringCommand,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Unpack[ConnectorArguments],
    ) -> tuple[bool, CommandOutput]:
        control = extract_control_arguments(arguments)
        shell = make_unix_command_for_host(self.state, self.host, command, **arguments).get_raw_value()
        prefix = self.host.print_prefix if print_output else None
        words = self._inside.words(["sh", "-c", shell])
        with tempfile.TemporaryFile() as stdin:
            if given := control.get("_stdin"):
                write_stdin(given, os.fdopen(os.dup(stdin.fileno()), "wb"))
                stdin.seek(0)
            status, output = child.run(words, stdin.fileno(), control.get("_timeout"), prefix)
        return status in (control.get("_success_exit_codes") or [0]), output

    @override
    def put_file(
        self,
        filename_or_io: Any,
        remote_filename: str,
        remote_temp_filename: str | None = None,  # nothing to hide behind a temporary name: `cat` is all there is
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Unpack[ConnectorArguments],
    ) -> bool:
        with tempfile.TemporaryFile() as here, get_file_io(filename_or_io) as source:
            content = source.read()
            here.write(content.encode() if isinstance(content, str) else content)
            here.seek(0)
            self._copy(self._inside.words(["sh", "-c", 'cat >"$1"', "sh", remote_filename]), here.fileno())
        return True

    @override
    def get_file(
        self,
        remote_filename: str,
        filename_or_io: Any,
        remote_temp_filename: str | None = None,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Unpack[ConnectorArguments],
    ) -> bool:
        with tempfile.NamedTemporaryFile() as here, get_file_io(filename_or_io, "wb") as target:
            read = self._inside.words(["cat", "--", remote_filename])
            self._copy(["sh", "-c", 'here=$1; shift; exec "$@" >"$here"', "sh", here.name, *read])
            target.write(here.read())
        return True

    def _copy(self, words: Sequence[str], stdin: int | None = None) -> None:
        status, output = child.run(words, stdin)
        if status:
            raise OSError(output.stderr)


def _data(lab: Lab, host: LabHost) -> dict[str, Any]:
    member = Member(fleet_of(lab.topology), _book(lab.init), host.name)
    return {"lab_host": host.name, "lab_init": host.init, "everleaf": member}


@cache
def _lab(init: int | None) -> Lab:
    """Looked for once in this run, however many names ask for it. Raises UnavailableError."""
    return Lab.find(init)


@cache
def _book(_lab: int) -> Book:
    """What the hosts of one lab have told in this run; however many names ask for them, they share it."""
    return Book(None)
