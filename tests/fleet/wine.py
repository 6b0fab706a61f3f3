"""A Windows to deploy to: wine's cmd.exe runs every line, and files are where they should be.

What wine has not, or only pretends to have, is a program that asks this test: the service manager, the task scheduler,
`certutil`, `tar`, `icacls`, and the node. Its commands that need no network are the node's own code.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socketserver
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path, PureWindowsPath
from threading import Thread
from types import SimpleNamespace
from typing import Any

from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.inventory import Inventory
from pyinfra.api.operations import run_ops
from pyinfra.api.state import State
from pyinfra.context import ctx_host, ctx_state

from everleaf import identity
from everleaf.cli import main
from everleaf.cli.identity import facts
from everleaf.config import load
from everleaf.privacy import Modes
from everleaf_fleet.connectors.windows import WindowsConnector
from everleaf_fleet.member import Member
from fleet.debian_wine import search_path

HERE = Path(__file__).parent
ASKING = ("sc", "schtasks", "certutil", "icacls", "reg")  # beside tar and the node


class Windows:
    """One machine."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.home = directory / "prefix" / "drive_c" / "login"
        self.calls: list[tuple[str, ...]] = []  # of the programs that ask
        self.service: dict[str, str] = {}  # what the service manager knows of it; nothing while it does not
        self.task = ""  # what the scheduler was told last
        self.mtu: object = None  # of the running node
        self._programs = {name: getattr(self, f"_{name}") for name in (*ASKING, "tar", "everleaf")}

    @contextlib.contextmanager
    def running(self) -> Iterator[Windows]:
        """From the first start to the last."""
        windows = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                path, *words = self.rfile.read().decode().split("\0")[:-1]
                status, said = windows.answer(PureWindowsPath(path), words)
                self.wfile.write(bytes([status]) + said.encode())

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            self.environment = os.environ | {
                "PATH": search_path(self.directory / "bin"),
                "WINEPREFIX": str(self.directory / "prefix"),
                "WINEDEBUG": "-all",
                "WINEPATH": r"C:\asking",
                "EVERLEAF_TEST_PORT": str(server.server_address[1]),
            }
            self.home.mkdir(parents=True)
            try:
                self._install()
                yield self
            finally:
                self.wine("wineserver", "-k")
                server.shutdown()

    def _install(self) -> None:
        for words in (["wineserver", "-p"], ["wineboot", "-i"]):  # they leave servers behind, which keep pipes open
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
            subprocess.run(words, env=self.environment, cwd=self.home, check=True, **quiet)
        self.stub = self.directory / "stub.exe"
        flags = ["-target", "x86_64-windows-gnu", "-O1", "-Wall", "-Werror", "-lws2_32"]
        subprocess.run([sys.executable, "-m", "ziglang", "cc", *flags, "-o", self.stub, HERE / "stub.c"], check=True)
        for path in [*(rf"C:\asking\{name}.exe" for name in ASKING), r"C:\windows\system32\tar.exe"]:
            self.path(path).parent.mkdir(exist_ok=True)
            self.path(path).unlink(missing_ok=True)
            shutil.copy(self.stub, self.path(path))
        self.path(r"C:\windows\system32\wintun.dll").touch()

    # --- what a controller can do with it -----------------------------------------------------------------------------

    def wine(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program of wine's in the login directory."""
        return subprocess.run(
            words, env=self.environment, cwd=self.home, text=True, capture_output=True, check=False,
            stdin=subprocess.DEVNULL, timeout=60, **options,
        )  # fmt: skip

    def path(self, path: str) -> Path:
        """Where a file of it is here."""
        where = self.directory / "prefix" / "drive_c"
        for part in PureWindowsPath(path).parts[1:]:
            exact = {entry.name.lower(): entry for entry in where.iterdir()} if where.is_dir() else {}
            where = exact.get(part.lower(), where / part)
        return where

    def program(self, version: str, **behaviour: bool) -> Path:
        """An archive to deploy."""
        path = self.directory / f"everleaf-{version}-{'-'.join(behaviour)}.tgz"
        if path.exists():
            return path
        with tarfile.open(path, "w:gz") as tar:
            tar.add(self.stub, "everleaf/everleaf.exe")
            said = json.dumps(behaviour).encode()
            entry = tarfile.TarInfo("everleaf/behaviour.json")
            entry.size = len(said)
            tar.addfile(entry, io.BytesIO(said))
        return path

    def deploy(self, made: Callable[[], Any], member: Member, program: Path | None = None) -> tuple[set[str], bool]:
        """What a deploy changed, and whether it came to its end."""
        data: dict[str, Any] = {"everleaf": member, "everleaf_binary": str(program)}
        inventory = Inventory(([(member.name, data)], {}))
        [host] = inventory
        host.connector_cls = type("Connector", (_Connector,), {"windows": self})
        state = State(inventory, Config(DIFF=True), check_for_changes=False)
        with ctx_state.use(state):
            connect_all(state)
            with ctx_host.use(host):
                made()
            with contextlib.suppress(PyinfraError):  # no hosts remaining
                run_ops(state)
        ran = {one: state.ops[host][one].operation_meta for one in host.op_hash_order}
        changed = [one for one, meta in ran.items() if meta.is_complete() and meta.did_change()]
        names = {str(min(state.get_op_meta(one).names)).rpartition("| ")[2] for one in changed}
        return names, host not in state.failed_hosts

    # --- what its programs say ----------------------------------------------------------------------------------------

    def answer(self, path: PureWindowsPath, words: list[str]) -> tuple[int, str]:
        """The exit status of a program that asks, and what it prints."""
        self.calls.append((path.stem, *words))
        answer = self._programs[path.stem](path, words)
        return answer if isinstance(answer, tuple) else (answer or 0, "")

    def _sc(self, _: PureWindowsPath, words: list[str]) -> Any:
        verb, name, *options = words
        assert name == "everleaf"
        if verb == "create":
            self.service = {"STATE": "STOPPED"} | self._options(options)
        elif not self.service:
            return 36  # 1060 as an exit status has eight bits here
        elif verb in ("config", "failure", "failureflag", "sidtype", "description"):
            self.service |= self._options(options)
        elif verb in ("start", "stop"):
            wanted, before = ("RUNNING", "STOPPED")[:: 1 if verb == "start" else -1]
            if self.service["STATE"] != before:
                return 32
            self._started() if verb == "start" else None
            self.service["STATE"] = wanted
        elif verb == "delete":
            self.service = {}
        elif verb == "query":
            return 0, f"        STATE              : 1  {self.service['STATE']}\r\n"
        elif verb == "qc":
            kind = "AUTO_START" if self.service["start="] == "auto" else "DEMAND_START"
            return 0, f"        START_TYPE         : 2   {kind}\r\n"
        else:
            raise AssertionError(words)
        return 0

    def _options(self, words: list[str]) -> dict[str, str]:
        return dict(zip(words[::2], words[1::2], strict=False))

    def _started(self) -> None:
        self.mtu = load(self.path(r"C:\ProgramData\everleaf\node.toml")).interface.mtu

    def _schtasks(self, _: PureWindowsPath, words: list[str]) -> int:
        self.task = words[0].removeprefix("/")
        assert self.task != "create" or self.path(words[-1]).exists()
        return 0

    def _certutil(self, _: PureWindowsPath, words: list[str]) -> tuple[int, str]:
        verb, path, kind = words
        assert (verb, kind) == ("-hashfile", "SHA256")
        file = self.path(path)
        return (0, f"{sha256(file.read_bytes()).hexdigest()}\r\n") if file.exists() else (2, "FAILED\r\n")

    def _icacls(self, _: PureWindowsPath, words: list[str]) -> int:
        return 0 if self.path(words[0]).is_dir() else 2

    def _reg(self, *_: object) -> int:
        return 0

    def _tar(self, _: PureWindowsPath, words: list[str]) -> int:
        [xf, archive, strip, one, to, where] = words
        assert (xf, strip, one, to) == ("-xf", "--strip-components", "1", "-C")
        with tarfile.open(self.path(archive)) as tar:
            for entry in tar:
                entry.name = entry.name.partition("/")[2]
                tar.extract(entry, self.path(where), filter="data")
        return 0

    # --- its node -----------------------------------------------------------------------------------------------------

    def _everleaf(self, path: PureWindowsPath, words: list[str]) -> Any:
        behaviour = SimpleNamespace(broken=False, refuses=False)
        vars(behaviour).update(json.loads(self.path(str(path.with_name("behaviour.json"))).read_text()))
        match words[0]:
            case "selftest":
                return int(behaviour.broken)
            case "check" if behaviour.refuses:
                return 78, "node.toml: interface.mtu: this one is refused\r\n"
            case "wait":
                return int(self._sick())
            case "status":
                return self._status()
            case "ctl":
                mtu = load(self.path(r"C:\ProgramData\everleaf\node.toml")).interface.mtu
                return 0, json.dumps({"needs_restart": [] if mtu == self.mtu else ["interface"]}, indent=2)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            return main([str(self.path(word)) if ":\\" in word else word for word in words]), said.getvalue()

    def _sick(self) -> bool:
        """Whether the node that the service runs is."""
        path = PureWindowsPath(self.service["binPath="].split('"')[1]).with_name("behaviour.json")
        return self.service["STATE"] != "RUNNING" or json.loads(self.path(str(path)).read_text()).get("sick", False)

    def _status(self) -> tuple[int, str]:
        if not self.service or self.service["STATE"] != "RUNNING":
            return 2, json.dumps({"health": "down", "reasons": ["no answer"]})
        with identity.load(self.path(r"C:\ProgramData\everleaf\identity.key"), Modes()) as seed:
            key = facts(seed)["public_key"]
        said = {"health": "healthy", "key": key, "address": key, "root": key, "peers": [{"up": not self._sick()}]}
        return 0, json.dumps(
            said | {"interface": {"name": "everleaf", "mtu": 65535 if self.mtu == "auto" else self.mtu}}
        )


class _Connector(WindowsConnector):
    """The real one, but for the network."""

    windows: Windows

    def connect(self) -> None:
        self.client = self  # type: ignore[assignment]

    def exec_command(self, line: str, **_: object) -> tuple[Any, Any, Any]:
        done = self.windows.wine("wine", *line.split(" "))
        channel = SimpleNamespace(recv_exit_status=lambda: done.returncode)
        said, complained = (_Buffer(text.splitlines(keepends=True)) for text in (done.stdout, done.stderr))
        said.channel = channel
        return io.StringIO(), said, complained

    def get_file_transfer_connection(self) -> Any:
        return self

    def putfo(self, source: Any, path: str) -> None:
        content = source.read()
        self._here(path).write_bytes(content.encode() if isinstance(content, str) else content)

    def getfo(self, path: str, target: Any) -> None:
        target.write(self._here(path).read_bytes())

    def remove(self, path: str) -> None:
        self._here(path).unlink()

    def _here(self, path: str) -> Path:
        return self.windows.path(path[1:]) if path.startswith("/") else self.windows.home / path


class _Buffer(list[str]):
    channel: Any = None
