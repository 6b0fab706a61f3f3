"""The process that pyinfra has for itself: connects to the hosts, does one job with them, and tells our parent."""

# pyinfra types what deploys call, but not what sets one up.
# mypy: untyped-calls-exclude=pyinfra

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

from pyinfra import logger
from pyinfra.api.config import Config
from pyinfra.api.connect import disconnect_all
from pyinfra.api.exceptions import ConnectError, PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.operations import run_ops
from pyinfra.api.state import BaseStateCallback, State
from pyinfra.context import ctx_host, ctx_state
from typing_extensions import override

from everleaf_fleet.events import Answer, Failed, Passed, Planned, Step
from everleaf_fleet.inventory import Target

Job = Callable[[State, "Reporter"], None]

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def work(connection: Connection, job: Job, targets: Sequence[Target | str], data: Mapping[str, Any]) -> None:
    """What the process does. Hosts that fail are told and left out; the last one of them ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches our parent as well, who ends us
    Thread(target=_die_with_parent, daemon=True).start()
    complaints = _Complaints()
    logger.addHandler(complaints)
    logger.propagate = False
    # Operations run when they run: what they would change is not asked beforehand, as in a dry run.
    state = State(Inventory((list(targets), {}), override_data=dict(data)), Config(), check_for_changes=False)
    reporter = Reporter(connection, complaints)
    state.add_callback_handler(reporter)
    with suppress(PyinfraError), ctx_state.use(state):  # no hosts remaining
        _connect(state, reporter)
        job(state, reporter)
        disconnect_all(state)


def _connect(state: State, reporter: Reporter) -> None:
    """As pyinfra's `connect_all`, but a key here that cannot be used costs its host alone."""

    def one(host: Host) -> None:
        try:
            host.connect()
        except PyinfraError as error:
            reporter.failed(host, f"{error}; see ssh.key, or leave it out and use an ssh-agent", reached=False)

    hosts = list(state.inventory)
    state.pool.map(one, hosts)
    for host in hosts:
        if host.connected:
            state.activate_host(host)
    state.fail_hosts({host for host in hosts if not host.connected}, activated_count=len(hosts))


def deploy(made: Callable[[], Any], state: State, reporter: Reporter) -> None:
    """Prepare it on all hosts at once, as pyinfra's own command does, and run it."""
    _everywhere(state, reporter, made)
    reporter.tell(Planned(len(state.get_op_order())))
    try:
        run_ops(state)
    finally:
        for host in state.activated_hosts - reporter.out:
            if host in state.failed_hosts:  # it stopped answering when it was asked something
                reporter.failed(host)
            else:
                reporter.tell(Passed(name_of(host), _changed(state, host)))


def ask(question: Callable[[], Any], state: State, reporter: Reporter) -> None:
    """Ask all hosts at once, and tell each answer."""
    _everywhere(state, reporter, question, lambda host, said: reporter.tell(Answer(name_of(host), said)))


def name_of(host: Host) -> str:
    """As its fleet calls it; pyinfra's name is the way to it."""
    return str(host.data.everleaf.name)


def _everywhere(
    state: State, reporter: Reporter, do: Callable[[], Any], done: Callable[[Host, Any], None] | None = None
) -> None:
    """Do something for each host in a greenlet of its own; those where it fails are out."""

    def one(host: Host) -> None:
        with ctx_host.use(host):
            try:
                said = do()
            except PyinfraError as error:
                reporter.failed(host, str(error))
                return
        if host in state.failed_hosts:  # a question that cannot be put has an answer all the same, a default one
            reporter.failed(host)
        elif done:
            done(host, said)

    state.pool.map(one, state.inventory.get_active_hosts())
    state.fail_hosts(reporter.out & state.active_hosts)


def _changed(state: State, host: Host) -> tuple[str, ...]:
    """The operations that changed something, in their order."""
    ran = [(_operation(state, op_hash), state.ops[host][op_hash].operation_meta) for op_hash in host.op_hash_order]
    return tuple(name for name, meta in ran if meta.did_change())


def _operation(state: State, op_hash: str) -> str:
    return str(min(state.get_op_meta(op_hash).names)).rpartition("| ")[2]


def _die_with_parent() -> None:
    """Nobody would hear what we have to say."""
    parent = multiprocessing.parent_process()
    assert parent
    parent.join()
    os._exit(1)


class Reporter(BaseStateCallback):
    """Tells our parent what happens to hosts.

    The base class declares static methods, yet pyinfra calls them on the instance it was given.
    """

    def __init__(self, connection: Connection, complaints: _Complaints) -> None:
        self._connection = connection
        self._complaints = complaints
        self.out: set[Host] = set()  # the hosts that failed, and of which that was told

    def tell(self, event: object) -> None:
        """Send it at once."""
        self._connection.send(event)

    def failed(self, host: Host, reason: str = "", *, reached: bool = True) -> None:
        """A host is out. What it said itself says more than `reason`."""
        self.out.add(host)
        why = (self._complaints.of(host) if reached else "") or reason or "it stopped answering"
        self.tell(Failed(name_of(host), why, reached))

    @override
    def host_connect_error(self, state: State, host: Host, error: ConnectError) -> None:  # type: ignore[override]
        said = str(error).replace("[Errno None] ", "")  # paramiko's, for several addresses at once
        fix = f"see address, connector and ssh of hosts.{name_of(host)}"
        self.failed(host, f"{said}; {fix}", reached=False)

    @override
    def operation_host_start(self, state: State, host: Host, op_hash: str) -> None:  # type: ignore[override]
        self.tell(Step(name_of(host), _operation(state, op_hash), done=False))

    @override
    def operation_host_success(  # type: ignore[override]
        self, state: State, host: Host, op_hash: str, retry_count: int = 0
    ) -> None:
        self.tell(Step(name_of(host), _operation(state, op_hash), done=True))

    @override
    def operation_host_error(  # type: ignore[override]
        self, state: State, host: Host, op_hash: str, retry_count: int = 0, max_retries: int = 0
    ) -> None:
        self.failed(host, f"{_operation(state, op_hash)} failed")


class _Complaints(logging.Handler):
    """Keeps what pyinfra would print about failures."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._lines: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(_COLOUR.sub("", record.getMessage()))

    def of(self, host: Host) -> str:
        """What was said about a host, without pyinfra's own words."""
        start = f"[{host.name}]"
        lines = [line.removeprefix(start).strip() for line in self._lines if line.startswith(start)]
        return "\n".join(line for line in lines if not line.startswith("Error: executed "))
