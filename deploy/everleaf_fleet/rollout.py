"""Run a deploy on hosts and tell what happens, as it happens.

pyinfra gets a process of its own: its event loop reaps every child of the process it lives in, also those of others.
"""

# pyinfra types what deploys call, but not what sets one up.
# mypy: untyped-calls-exclude=pyinfra

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

from pyinfra import logger
from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all, disconnect_all
from pyinfra.api.deploy import add_deploy
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.operations import run_ops
from pyinfra.api.state import BaseStateCallback, State
from typing_extensions import override

from everleaf.errors import NodeError


class RolloutError(NodeError):
    """A host could not be brought to where it should be."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Every host will go through this many operations."""

    operations: int


@dataclass(frozen=True, slots=True)
class Step:
    """A host begins an operation, or is done with it."""

    host: str
    operation: str
    done: bool


@dataclass(frozen=True, slots=True)
class _Failed:
    reason: str


def rollout(deploy: Callable[[], Any], inventory: Sequence[str], data: Mapping[str, Any]) -> Iterator[Planned | Step]:
    """Run `deploy` on all hosts at once. Raise RolloutError, with what the hosts said, if it fails on any of them."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    worker = spawn.Process(target=_work, args=(theirs, deploy, inventory, data), daemon=True)
    worker.start()
    theirs.close()
    try:
        yield from _events(ours)
    finally:
        worker.terminate()
        worker.join()


def _events(connection: Connection) -> Iterator[Planned | Step]:
    while True:
        try:
            event = connection.recv()
        except EOFError:  # the worker has ended
            return
        if isinstance(event, _Failed):
            raise RolloutError(event.reason)
        yield event


def _work(connection: Connection, deploy: Callable[[], Any], inventory: Sequence[str], data: Mapping[str, Any]) -> None:
    """The other process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches our parent as well, who ends us
    Thread(target=_die_with_parent, daemon=True).start()
    complaints = _Complaints()
    logger.addHandler(complaints)
    logger.propagate = False
    try:
        state = State(Inventory((list(inventory), {}), override_data=dict(data)), Config(FAIL_PERCENT=0))
        state.add_callback_handler(_Reporter(connection))
        connect_all(state)
        add_deploy(state, deploy)
        connection.send(Planned(len(state.get_op_order())))
        run_ops(state)
        disconnect_all(state)
    except PyinfraError as error:
        connection.send(_Failed("\n".join([*complaints.lines, str(error)])))


def _die_with_parent() -> None:
    """Nobody would hear what we have to say."""
    parent = multiprocessing.parent_process()
    assert parent
    parent.join()
    os._exit(1)


class _Reporter(BaseStateCallback):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # The base class declares static methods, yet pyinfra calls them on the instance it was given.
    @override
    def operation_host_start(self, state: State, host: Host, op_hash: str) -> None:  # type: ignore[override]
        self._tell(state, host, op_hash, done=False)

    @override
    def operation_host_success(  # type: ignore[override]
        self, state: State, host: Host, op_hash: str, retry_count: int = 0
    ) -> None:
        self._tell(state, host, op_hash, done=True)

    def _tell(self, state: State, host: Host, op_hash: str, *, done: bool) -> None:
        name = min(state.get_op_meta(op_hash).names)
        self._connection.send(Step(host.name, name.rpartition("| ")[2], done))


class _Complaints(logging.Handler):
    """Keeps what pyinfra would print about failures."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
