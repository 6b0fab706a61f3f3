"""`@lab`: the hosts of a lab that runs on this machine.

`@lab` means all of them and `@lab/h1` one; `@lab/PID` and `@lab/PID/h1` choose among several labs. A host brings its
place in a fleet with it as data: that of a `fleet.toml` which names it, else that of the lab's own fleet.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.exceptions import ConnectError, InventoryError
from pyinfra.api.util import get_file_io
from pyinfra.connectors.base import BaseConnector
from pyinfra.connectors.local import LocalConnector
from pyinfra.connectors.util import CommandOutput, extract_control_arguments, make_unix_command_for_host
from typing_extensions import Unpack, override

from everleaf.errors import NodeError
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
        self._local = LocalConnector(state, host)
        self._inside = LabHost(host.data.lab_host, host.data.lab_init)

    @override
    @staticmethod
    def make_names_data(name: str | None = None) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        pid, _, rest = (name or "").partition("/")
        wanted = rest if pid.isdecimal() else name
        try:
            lab = Lab.find(int(pid) if pid.isdecimal() else None)
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
        shell = make_unix_command_for_host(self.state, self.host, command, **arguments)
        return self._local.run_shell_command(self._words("sh", "-c", shell), print_output, print_input, **control)

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
        with tempfile.NamedTemporaryFile() as here, get_file_io(filename_or_io) as source:
            content = source.read()
            here.write(content.encode() if isinstance(content, str) else content)
            here.flush()
            write = self._words("sh", "-c", 'cat >"$1"', "sh", remote_filename)
            return self._copy(StringCommand(write, "<", QuoteString(here.name)), print_output, print_input)

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
            read = self._words("cat", "--", remote_filename)
            done = self._copy(StringCommand(read, ">", QuoteString(here.name)), print_output, print_input)
            target.write(here.read())
            return done

    def _words(self, *command: str | StringCommand) -> StringCommand:
        """`command`, each word quoted, as this machine must start it."""
        return StringCommand(*map(QuoteString, self._inside.words([])), *map(QuoteString, command))

    def _copy(self, command: StringCommand, print_output: bool, print_input: bool) -> bool:
        status, output = self._local.run_shell_command(command, print_output, print_input)
        if not status:
            raise OSError(output.stderr)
        return True


def _data(lab: Lab, host: LabHost) -> dict[str, Any]:
    member = Member(fleet_of(lab.topology), _book(lab.init), host.name)
    return {"lab_host": host.name, "lab_init": host.init, "everleaf": member}


@cache
def _book(_lab: int) -> Book:
    """What the hosts of one lab have told in this run; however many names ask for them, they share it."""
    return Book(None)
