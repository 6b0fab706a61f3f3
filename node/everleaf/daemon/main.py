"""`everleaf run`: from a configuration file to a daemon and back."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from everleaf import _core, config, identity
from everleaf.daemon import unpacked
from everleaf.daemon.daemon import Daemon
from everleaf.daemon.notify import Supervisor
from everleaf.daemon.pidfile import pidfile
from everleaf.daemon.privacy import this_privacy
from everleaf.daemon.signals import hold_back
from everleaf.log import Log


def run(config_path: Path, pidfile_path: Path | None = None, supervisor: Supervisor | None = None) -> int:
    """Run in the foreground until TERM or INT. Raises `NodeError` when it cannot start.

    `supervisor` is who started us, unless that is systemd or nobody.
    """
    settings = config.load(config_path)
    log = Log(sys.stderr, settings.log.level, settings.log.format)
    with identity.load(settings.identity.key_file, this_privacy()) as seed:
        key = _core.Identity(seed)
    hold_back()
    with (
        identity.lock(settings.identity.key_file),
        pidfile(pidfile_path),
        asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner,  # Windows' own loop watches no descriptors
    ):
        unpacked.remove_stale()
        runner.run(_serve(config_path, settings, key, log, supervisor))
    return 0


async def _serve(
    config_path: Path, settings: config.Config, key: _core.Identity, log: Log, supervisor: Supervisor | None
) -> None:
    try:
        await Daemon(config_path, settings, key, log, supervisor).run()
    finally:
        hold_back()  # the loop is about to let go of them
