"""`everleaf vyatta`: what the configuration and operational commands of EdgeOS and VyOS call."""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from everleaf.cli.command import Command, put, say
from everleaf.errors import HostError, PermissionDeniedError, UnavailableError, UsageError

if TYPE_CHECKING:
    from everleaf.vyatta.instance import Instance

_VIEWS = ("summary", "detail", "peers", "sessions")
_KEY_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


def _arguments(parser: ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for name, (summary, do) in _VERBS.items():
        verb = verbs.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        verb.set_defaults(do=do)
        if name == "generate":
            verb.add_argument("name", metavar="NAME", help="name of the new file")
        elif name == "show":
            verb.add_argument("interface", metavar="INTERFACE", nargs="?", help="tun0, or all")
            verb.add_argument("--view", choices=_VIEWS, help="what of it")
        else:
            verb.add_argument("interface", metavar="INTERFACE", help="tun0")


def _run(options: Namespace) -> int:
    do: Callable[[Namespace], None] = options.do
    do(options)
    return 0


def _render(options: Namespace) -> None:
    from everleaf.config.text import render
    from everleaf.vyatta.session import Session
    from everleaf.vyatta.tree import read_config

    instance = _instance(options)
    config = read_config(Session(), instance.name, key_file=str(instance.key_file), admin=instance.admin)
    sys.stdout.write(render(config))


def _apply(options: Namespace) -> None:
    from everleaf.cli.check import judge
    from everleaf.config import loads
    from everleaf.daemon.reload import FIXED
    from everleaf.vyatta.apply import ensure_key, switch
    from everleaf.vyatta.tree import ROOT

    instance = _instance(options)
    _need_root()
    text = sys.stdin.read()
    title = " ".join((*ROOT, instance.name))
    if not text:
        raise UsageError("no configuration on standard input", fix="it comes from: everleaf vyatta render INTERFACE")
    config = loads(text.encode(), title)
    for caution in judge(config, title):
        say(f"{title}: {caution}")
    if ensure_key(instance, config):
        put(f"{title}: made a new identity, public key {_facts(config.identity.key_file)['public_key']}")
    switch(instance, text, config, fixed=FIXED)


def _stop(options: Namespace) -> None:
    instance = _instance(options)
    _need_root()
    instance.remove()


def _restart(options: Namespace) -> None:
    from everleaf.vyatta.instance import Step

    instance = _configured(options)
    _need_root()
    instance.tell(Step.RESTART)


def _generate(options: Namespace) -> None:
    from everleaf.vyatta.apply import make_key
    from everleaf.vyatta.instance import KEYS

    if not _KEY_NAME.fullmatch(options.name):
        raise UsageError(f"{options.name!r} cannot be the name of a key file", fix="use letters, digits, ., _ and -")
    _need_root()
    if not KEYS.parents[1].is_dir():
        raise HostError(f"{KEYS.parents[1]} is missing", fix="this command is for EdgeOS and VyOS alone")
    path = KEYS / options.name
    make_key(path)
    for name, value in _facts(str(path)).items():
        put(f"{name.replace('_', ' '):<12}{value}")
    put(f"in configuration mode: set interfaces everleaf tunN private-key-file {path}")


def _show(options: Namespace) -> None:
    from everleaf.vyatta.instance import instances

    if options.interface:
        put(_screen(_configured(options), options.view or "detail"))
        return
    found = list(instances())
    if not found:
        put("no interface of everleaf is configured and enabled")
    elif options.view in (None, "summary"):
        put(_summary(found))
    else:
        put("\n\n".join(f"{one.name}\n{_screen(one, options.view)}" for one in found))


def _screen(instance: Instance, view: str) -> str:
    """One node, as `view` says; why it cannot be shown when it does not answer."""
    from everleaf.cli import status
    from everleaf.cli.tables import answer

    if view == "summary":
        return _summary([instance])
    try:
        if view == "detail":
            return status.screen(_ask(instance, "getStatus"))
        request = f"get{view.capitalize()}"
        return answer(request, _ask(instance, request))
    except UnavailableError as error:
        return str(error)


def _summary(found: Sequence[Instance]) -> str:
    from everleaf.cli.tables import table

    return table(("Interface", "State", "Address", "MTU", "Peers", "Health"), [_row(one) for one in found])


def _row(instance: Instance) -> tuple[object, ...]:
    try:
        status = _ask(instance, "getStatus")
    except UnavailableError:
        return (instance.name, "down", "-", "-", "-", "-")
    up = sum(bool(peer["up"]) for peer in status["peers"])
    mtu = status["interface"]["mtu"] if status["interface"] else "-"
    return (instance.name, "up", status["address"], mtu, f"{up}/{len(status['peers'])}", status["health"])


def _ask(instance: Instance, request: str) -> Any:
    """Raises UnavailableError when the node does not answer."""
    from everleaf.cli.client import ask

    config = instance.applied()
    if config is None or config.admin.listen is None:
        raise UnavailableError(f"{instance.name} has no admin socket", fix=f"delete {instance.name} admin, and commit")
    return ask(config.admin.listen, request)


def _facts(key_file: str) -> dict[str, str]:
    from everleaf import identity
    from everleaf.cli.identity import facts
    from everleaf.privacy import Modes

    with identity.load(key_file, Modes()) as seed:
        return facts(seed)


def _instance(options: Namespace) -> Instance:
    from everleaf.vyatta.instance import Instance

    return Instance.parse(options.interface)


def _configured(options: Namespace) -> Instance:
    instance = _instance(options)
    if not instance.config_file.exists():
        raise HostError(f"{instance.name} is not configured, or disabled", fix="see: show interfaces everleaf")
    return instance


def _need_root() -> None:
    if sys.platform != "win32" and os.geteuid():
        raise PermissionDeniedError("this needs root", fix="run it with sudo")


_VERBS: dict[str, tuple[str, Callable[[Namespace], None]]] = {
    "render": ("Print the configuration that this session proposes for a node.", _render),
    "apply": ("Make a node run with the configuration on standard input.", _apply),
    "stop": ("Stop a node and forget its configuration; the key stays.", _stop),
    "restart": ("Restart a node that is configured.", _restart),
    "show": ("Show all nodes, or one.", _show),
    "generate": ("Make a private key among the router's.", _generate),
}

COMMAND = Command("vyatta", "Serve the commands of EdgeOS and VyOS.", _arguments, _run)
