"""Run a deploy on hosts, or ask them something, and tell what happens as it happens.

pyinfra gets a process of its own: its event loop reaps every child of the process it lives in, also those of others.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from everleaf.errors import NodeError
from everleaf_fleet import worker
from everleaf_fleet.events import Answer, Failed, Passed, Planned, Step
from everleaf_fleet.inventory import Target


class RolloutError(NodeError):
    """A host could not be brought to where it should be."""


def rollout(
    deploy: Callable[[], Any], targets: Sequence[Target | str], data: Mapping[str, Any] | None = None
) -> Iterator[Planned | Step | Failed | Passed]:
    """Run `deploy` on all hosts at once; those that fail leave the others alone. Every host ends Failed or Passed.

    `data` is what every host has besides its own.
    """
    return _events(partial(worker.deploy, deploy), targets, data or {})


def ask(question: Callable[[], Any], targets: Sequence[Target | str]) -> Iterator[Answer | Failed]:
    """Put a question to all hosts at once: a function that asks the host that pyinfra is at."""
    return _events(partial(worker.ask, question), targets, {})


def _events(job: worker.Job, targets: Sequence[Target | str], data: Mapping[str, Any]) -> Iterator[Any]:
    if not targets:
        return
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=worker.work, args=(theirs, job, targets, data), daemon=True)
    process.start()
    theirs.close()
    try:
        while True:
            try:
                yield ours.recv()
            except EOFError:  # it has ended
                break
        process.join()
        if process.exitcode:
            why = f"what speaks to the hosts ended with exit status {process.exitcode}"
            raise RolloutError(why, fix="look at what is said above, and ask again")
    finally:
        process.terminate()
        process.join()
