"""A controller with pyinfra, a router it can reach, and the shell of the router's that commits."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.operations import run_ops
from pyinfra.api.state import State
from pyinfra.api.util import get_file_io
from pyinfra.connectors.base import BaseConnector
from pyinfra.connectors.util import CommandOutput, OutputLine, extract_control_arguments, make_unix_command_for_host
from pyinfra.context import ctx_host, ctx_state

from edgeos.configuration import Refused
from edgeos.router import TEMPLATES, Router
from edgeos.session import Session
from everleaf_fleet.difference import Difference, differences
from everleaf_fleet.facts.survey import survey
from everleaf_fleet.member import Member

# What runs in place of the program: the program itself, but for a node that is well with what its file says.
PROGRAM = """#!{python}
import json, sys
from everleaf import identity
from everleaf.cli import main
from everleaf.cli.identity import facts
from everleaf.config import load
from everleaf.privacy import Modes

def status():
    config = load("/run/everleaf/tun0.toml")
    with identity.load(config.identity.key_file, Modes()) as seed:
        key = facts(seed)["public_key"]
    mtu = 65535 if config.interface.mtu == "auto" else config.interface.mtu
    peers = [{{"remote": "", "inbound": True, "up": not {sick}}}]
    said = {{"health": "healthy", "key": key, "address": key, "root": key, "peers": peers}}
    print(json.dumps(said | {{"interface": {{"name": "tun0", "mtu": mtu}}}}))

match sys.argv[1]:
    case "selftest":
        sys.exit(0)
    case "wait":
        sys.exit({sick})
    case "status":
        status()
    case "ctl":
        print('"needs_restart": []')
    case _:
        sys.exit(main())
"""
VBASH = """#!/bin/sh
echo "$1" >/stubs/type
read -r status </stubs/typed
exit "$status"
"""
SHOW = """#!/bin/sh
cat /stubs/commands
"""
PACKAGE = """#!/bin/sh
test -e /stubs/package && echo 'install ok installed'
"""
INSTALL = """#!/bin/sh
echo "dpkg $*" >>/stubs/calls
case $1 in
-iG) : >/stubs/package ;;
-r) rm /stubs/package ;;
esac
"""


class Controller:
    """Deploys to one router."""

    def __init__(self, session: Session, router: Router) -> None:
        self.session, self.router = session, router
        for name, text in {"vbash": VBASH, "dpkg-query": PACKAGE, "dpkg": INSTALL}.items():
            router.program(f"bin/{name}", text)
        for name in ("systemd-run", "logger"):
            router.program(f"bin/{name}", "#!/bin/sh\nexit 1\n")
        (router.root / "stubs/package").touch()
        shutil.copytree(TEMPLATES, router.root / "opt/vyatta/share/vyatta-cfg/templates")
        (router.root / "stubs/sbin/everleaf").unlink()  # the package's own
        show = router.root / "opt/vyatta/bin/vyatta-op-cmd-wrapper"
        show.write_text(SHOW)
        show.chmod(0o755)

    def deploy(self, made: Callable[[], Any], member: Member, program: Path) -> tuple[set[str], bool]:
        """What a deploy changed, and whether it came to its end."""
        state, host = self._state(member, program)
        with ctx_state.use(state), self._typist():
            connect_all(state)
            with ctx_host.use(host):
                made()
            with contextlib.suppress(PyinfraError):  # no hosts remaining
                run_ops(state)
        ran = {one: state.ops[host][one].operation_meta for one in host.op_hash_order}
        changed = [one for one, meta in ran.items() if meta.is_complete() and meta.did_change()]
        names = {str(min(state.get_op_meta(one).names)).rpartition("| ")[2] for one in changed}
        return names, host not in state.failed_hosts

    def plan(self, member: Member, program: Path) -> list[Difference]:
        """What a plan says that a deploy would change."""
        state, host = self._state(member, program)
        with ctx_state.use(state):
            connect_all(state)
            with ctx_host.use(host):
                said = survey()
        return list(differences(member.blueprint(), said))

    def _state(self, member: Member, program: Path) -> tuple[State, Host]:
        self._tell()
        inventory = Inventory(([(member.name, {"everleaf": member, "everleaf_binary": str(program)})], {}))
        [host] = inventory
        host.connector_cls = type("Connector", (_Connector,), {"router": self.router})
        return State(inventory, Config(DIFF=True), check_for_changes=False), host

    @contextlib.contextmanager
    def _typist(self) -> Iterator[None]:
        """Types and commits what scripts are run with."""
        stubs = self.router.root / "stubs"
        for name in ("type", "typed"):
            (stubs / name).unlink(missing_ok=True)
            os.mkfifo(stubs / name)

        def work() -> None:
            while name := (stubs / "type").read_text().strip():
                (stubs / "typed").write_text(f"{self._type(self.router.root / name[1:])}\n")

        thread = Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            (stubs / "type").write_text("\n")
            thread.join()

    def _type(self, script: Path) -> int:
        for line in script.read_text().splitlines():
            with contextlib.suppress(Refused):  # what is deleted may not be there
                if line.startswith(("set ", "delete ")):
                    self.session.type(line)
        status = self.session.commit().status
        self._tell()
        return 0 if status == "SUCCESS" else 1

    def _tell(self) -> None:
        text = "".join(f"{line}\n" for line in self.session.active.commands())
        (self.router.root / "stubs/commands").write_text(text)


class _Connector(BaseConnector):
    handles_execution = True
    router: Router

    @staticmethod
    def make_names_data(name: str | None = None) -> Iterator[Any]:
        raise NotImplementedError

    def connect(self) -> None:
        """It is a directory."""

    def run_shell_command(self, command: Any, *_: Any, **arguments: Any) -> tuple[bool, CommandOutput]:
        for shown in ("print_output", "print_input"):
            arguments.pop(shown, None)
        extract_control_arguments(arguments)
        line = make_unix_command_for_host(self.state, self.host, command, **arguments).get_raw_value()
        done = self.router.execute("sh", "-c", line, ROOT="1")
        lines = [OutputLine("stdout", text) for text in done.stdout.splitlines()]
        return done.returncode == 0, CommandOutput(lines)

    def put_file(self, filename_or_io: Any, remote_filename: str, *_: Any, **__: Any) -> bool:
        with get_file_io(filename_or_io) as source:
            content = source.read()
        path = self.router.root / remote_filename[1:]
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return True

    def get_file(self, *_: Any, **__: Any) -> bool:
        raise NotImplementedError


def program(path: Path, *, sick: bool = False) -> Path:
    """A program to deploy."""
    path.write_text(PROGRAM.format(python=sys.executable, sick=sick))
    return path
