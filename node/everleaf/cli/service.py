"""`everleaf service`: have this machine run the node, by the files that the toolkit renders, without the toolkit."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from everleaf.cli.command import Command, add_json, put, put_json, say
from everleaf.errors import NodeError, PermissionDeniedError, UsageError

if TYPE_CHECKING:
    from everleaf.cli.installation import Installation
    from everleaf.platform import Platform
    from everleaf.platform.service import Service

_RUNS, _STOPPED, _ABSENT = 0, 1, 2  # exit statuses of `status`


def _arguments(parser: ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for name, (summary, run) in _VERBS.items():
        verb = verbs.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        verb.add_argument("--platform", metavar="NAME", help="instead of this machine's: a row of platforms.toml")
        verb.add_argument("--manager", metavar="NAME", help="instead of what starts this machine's services")
        add_json(verb)
        verb.set_defaults(verb=run)
    summary = "What the service manager of Windows runs; elsewhere it is `everleaf run`."
    windows = verbs.add_parser("run", help=summary, description=summary, allow_abbrev=False)
    windows.add_argument("--config", metavar="FILE", type=Path, required=True, help="the configuration")
    windows.add_argument("--log", metavar="FILE", type=Path, required=True, help="where to write what the node says")
    windows.set_defaults(verb=_run_on_windows)


def _run(options: Namespace) -> int:
    run: Callable[[Namespace], int] = options.verb
    return run(options)


def _places(options: Namespace) -> tuple[Platform, Service]:
    """Which platform and which service: those that are named, or else this machine's."""
    from everleaf.platform import ROUTER, manager, platform
    from everleaf.platform.detect import manager_of, observe, platform_of
    from everleaf.platform.service import service

    traits = observe()
    home = platform(options.platform) if options.platform else platform_of(traits)
    if options.manager:
        by = manager(options.manager)
    elif home.system == traits.system:
        by = manager_of(traits, home)
    else:
        by = manager(home.manager)
    made = service(home, by)
    if by.name == ROUTER:
        fix = "in configuration mode: set interfaces everleaf tun0, commit"
        raise UsageError(f"the node of {home.title} is part of the router's configuration", fix=fix)
    return home, made


def _installation(options: Namespace, report: Callable[[str], None]) -> Installation:
    """Raise UsageError when it is another system's."""
    from everleaf.cli.installation import Installation
    from everleaf.platform.detect import observe

    home, made = _places(options)
    system = observe().system
    if home.system != system:
        raise UsageError(f"this is {system}, where no service of {home.title} can be", fix="leave out --platform")
    return Installation(home, made, report)


# --- verbs ------------------------------------------------------------------------------------------------------------


def _print(options: Namespace) -> int:
    home, made = _places(options)
    if options.json:
        put_json({"platform": home.name} | asdict(made))
        return 0
    for file in made.files:
        put(f"### {file.path} {file.mode} {file.owner}:{file.group}".rstrip(" :"))
        put(file.content)
    return 0


def _status(options: Namespace) -> int:
    there = _installation(options, lambda _: None)
    running = there.ask("running")
    if there.installed and not running and there.made.manager != "systemd" and not _is_root():
        raise PermissionDeniedError("only root sees whether it runs", fix="run: sudo everleaf service status")
    about: dict[str, Any] = {
        "platform": there.home.name,
        "manager": there.made.manager,
        "installed": there.installed,
        "enabled": there.ask("enabled"),
        "running": running,
        "outdated": there.outdated,
        "config": there.home.config,
    }
    if options.json:
        put_json(about)
    else:
        put("\n".join(f"{name:<11}{_shown(value)}" for name, value in about.items()))
    return _RUNS if running else _STOPPED if there.installed else _ABSENT


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) or "nothing" if isinstance(value, list) else str(value)


def _change(verb: str) -> Callable[[Namespace], int]:
    """A verb of Installation, for root."""

    def run(options: Namespace) -> int:
        changes: list[str] = []
        there = _installation(options, changes.append if options.json else put)
        _need_root(verb)
        getattr(there, verb)()
        if options.json:
            put_json({"platform": there.home.name, "manager": there.made.manager, "changes": changes})
        return 0

    return run


def _need_root(verb: str) -> None:
    if not _is_root():
        windows = sys.platform == "win32"
        fix = "start this shell as administrator" if windows else f"run: sudo everleaf service {verb}"
        raise PermissionDeniedError(f"only an administrator may {verb} a service", fix=fix)


def _is_root() -> bool:
    """Or an administrator."""
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.shell32.IsUserAnAdmin())
    return os.geteuid() == 0


def _run_on_windows(options: Namespace) -> int:
    if sys.platform == "win32":
        from everleaf.daemon.main import run
        from everleaf.host.windows.service import WindowsService
        from everleaf.host.windows.service_dlls import ServiceDlls

        service = WindowsService(ServiceDlls())
        with options.log.open("a", encoding="utf-8", buffering=1) as log:
            sys.stderr = log  # a service has no console
            return service.run(partial(_logged, run, options.config, None, service))
    raise UsageError("this is for the service manager of Windows", fix="run the node with: everleaf run")


def _logged(run: Callable[..., int], *arguments: object) -> int:
    """Nobody above a service sees why it ended."""
    try:
        return run(*arguments)
    except NodeError as error:
        say(str(error))
        raise


_VERBS: dict[str, tuple[str, Callable[[Namespace], int]]] = {
    "print": ("Print the files that a service manager gets; with --json also its commands.", _print),
    "install": (
        "Have the node run now and after every start; make key and configuration if there are none.",
        _change("install"),
    ),
    "uninstall": (
        "Stop it and take all of that away again, but for key, configuration and user.",
        _change("uninstall"),
    ),
    "start": ("Start it, unless it runs.", _change("start")),
    "stop": ("Stop it, if it runs.", _change("stop")),
    "restart": ("Stop and start it, if its configuration is good.", _change("restart")),
    "reload": ("Have it read its configuration again.", _change("reload")),
    "status": ("Say whether it is installed, enabled and running: exit 0 if so, 1 if stopped, 2 if absent.", _status),
}

COMMAND = Command("service", "Install the node as a service of this machine, and control it.", _arguments, _run)
