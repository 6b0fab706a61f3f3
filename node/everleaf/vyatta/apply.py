"""What a commit does to a running router: with as little as possible, and back again when it fails."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Collection
from dataclasses import fields
from pathlib import Path

from everleaf import identity
from everleaf.config import Config
from everleaf.errors import ConfigError, HostError, PermissionDeniedError
from everleaf.privacy import Modes
from everleaf.vyatta.instance import KEYS, Instance, Step
from everleaf.vyatta.tree import ROOT


def next_step(old: Config | None, new: Config, *, running: bool, fixed: Collection[str]) -> Step | None:
    """How a node that was told `old` comes to run `new`; None when it does already.

    `fixed` are the tables that a node reads at its start only.
    """
    if not running:
        return Step.START
    if old is None:
        return Step.RESTART
    changed = {item.name for item in fields(Config) if getattr(old, item.name) != getattr(new, item.name)}
    if not changed:
        return None
    return Step.RESTART if changed & set(fixed) else Step.RELOAD


def switch(instance: Instance, text: str, config: Config, *, fixed: Collection[str]) -> Step | None:
    """Make the node run with `text`, which is `config`; the step that took.

    Raises HostError when it does not; then the node has its old configuration again, as the router does.
    """
    step = next_step(instance.applied(), config, running=instance.is_running(), fixed=fixed)
    before = instance.config_file.read_text("utf-8") if instance.config_file.exists() else None
    instance.write(text)
    if step is None:
        return None
    try:
        instance.tell(step)
    except HostError:
        _return(instance, before, step)
        raise
    return step


def _return(instance: Instance, before: str | None, failed: Step) -> None:
    with contextlib.suppress(HostError):  # what failed first is what has to be told
        if before is None:
            instance.remove()
            return
        instance.write(before)
        if failed is not Step.START:
            instance.tell(Step.RESTART)


def ensure_key(instance: Instance, config: Config) -> bool:
    """See that the node will find its key; the key of its own place is made, and then the answer is True.

    Raises ConfigError, PermissionDeniedError.
    """
    path = Path(config.identity.key_file)
    if path.exists():
        _refuse_unreadable(path)
        return False
    if path != instance.key_file:
        raise ConfigError(
            " ".join((*ROOT, instance.name)),
            "private-key-file",
            f"{path} does not exist",
            fix=f"make it in operational mode: generate everleaf private-key {path.name}",
        )
    make_key(path)
    return True


def make_key(path: Path) -> None:
    """A new identity in a directory that is made when missing. Raises OutputError; never replaces one."""
    KEYS.mkdir(mode=0o700, parents=True, exist_ok=True)
    with identity.new_seed() as seed:
        identity.write(path, seed, Modes())


def _refuse_unreadable(path: Path) -> None:
    """The node is root without the privilege to read what others own."""
    with identity.load(path, Modes()):
        pass
    if sys.platform != "win32" and path.stat().st_uid != os.geteuid():
        raise PermissionDeniedError(f"{path} does not belong to root", fix=f"run: sudo chown root {path}")
