"""The manual pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, Field
from typing import Any

from builds.manuals.command import Command, Option, fleet, node
from builds.manuals.mdoc import argument, items, page, section, sentences

from everleaf import errors
from everleaf.config.model import Config
from everleaf.config.option import free_field, options
from everleaf.platform import platforms

_CONFIG = "everleaf.toml"


def pages(program: str, epoch: int) -> dict[str, str]:
    """Those of a program, by file name."""
    if program == "everleaf-fleet":
        body = _program(fleet(), "put the node on a fleet", _fleet_rest())
        return {"everleaf-fleet.1": page(program, 1, epoch, body)}
    body = _program(node(), "encrypted IPv6 overlay node", _node_rest())
    return {"everleaf.1": page(program, 1, epoch, body), "everleaf.toml.5": page(_CONFIG, 5, epoch, _configuration())}


# --- programs ---------------------------------------------------------------------------------------------------------


def _program(program: Command, does: str, rest: Iterable[str]) -> Iterator[str]:
    yield from (section("NAME"), f".Nm {program.name}", f".Nd {does}", section("SYNOPSIS"))
    yield from (".Nm", ".Ar COMMAND", ".Op Ar option ...", ".Nm", ".Ar COMMAND", ".Fl \\-help", ".Nm", ".Fl \\-version")
    yield section("DESCRIPTION")
    yield from sentences(program.says)
    yield from sentences("Data goes to standard output, talk to standard error.")
    yield ".Pp"
    yield from sentences("The commands are:")
    yield from items((f"Cm {argument(one.name)}{_usage(one)}", _about(one)) for one in program.inner)
    yield from rest


def _usage(command: Command) -> str:
    """The arguments by position, after the command's name."""
    return "".join(f" Ar {argument(one.value)}{' ...' if one.repeated else ''}" for one in command.arguments)


def _about(command: Command) -> Iterator[str]:
    yield from sentences(command.says)
    rows = [(f"Ar {argument(one.value)}", sentences(_full_stop(one.says))) for one in command.arguments if one.says]
    rows += [(_flags(one), sentences(_full_stop(one.says))) for one in command.options if "--help" not in one.flags]
    if rows:
        yield from items(rows)
    if command.inner:
        yield from items((f"Cm {argument(one.name)}{_usage(one)}", _about(one)) for one in command.inner)


def _flags(option: Option) -> str:
    value = f" Ar {argument(option.value)}" if option.value else ""
    return " , ".join(f"Fl {argument(flag[1:])}{value}" for flag in option.flags)


def _full_stop(says: str) -> str:
    return f"{says[:1].upper()}{says[1:]}." if says else ""


def _node_rest() -> Iterator[str]:
    yield section("FILES")
    home = platforms()["debian"]
    yield from items(
        (f"Pa {path}", sentences(f"{what} on {home.title}; `everleaf service print` tells of other systems."))
        for path, what in ((home.config, "The configuration"), (home.key_file, "The private key"))
    )
    yield from _statuses(
        "1 says that a node refused a request, is degraded (status) or stopped (service). "
        "2 says that it is down (status) or not installed (service)."
    )
    yield from (section("SEE ALSO"), ".Xr everleaf-fleet 1 ,", f".Xr {_CONFIG} 5")


def _fleet_rest() -> Iterator[str]:
    yield section("FILES")
    yield from items(
        (
            ("Pa fleet.toml", sentences("What every host should be.")),
            ("Pa fleet.lock", sentences("What the hosts told about themselves.")),
        )
    )
    yield from _statuses("1 says that a host failed, and 2 that one differs from what is wanted.")
    yield from (section("SEE ALSO"), ".Xr everleaf 1 ,", f".Xr {_CONFIG} 5")


def _statuses(besides: str) -> Iterator[str]:
    yield section("EXIT STATUS")
    yield from sentences(f"0 is success. {besides} The others are those of sysexits:")
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.NodeError)]
    rows = sorted({(kind.exit_code, (kind.__doc__ or "").partition("\n")[0]) for kind in kinds if kind.exit_code > 2})
    yield from items((f"Sy {code}", sentences(doc)) for code, doc in rows)


# --- the configuration ------------------------------------------------------------------------------------------------


def _configuration() -> Iterator[str]:
    yield from (section("NAME"), f".Nm {_CONFIG}", ".Nd configuration of an everleaf node", section("DESCRIPTION"))
    yield from sentences(
        "A TOML file. It needs only what differs from the defaults; keys that nobody knows are refused."
    )
    yield from sentences("A node reads it when it starts, and on HUP.")
    yield from _tables(Config, "")
    yield from (section("SEE ALSO"), ".Xr everleaf 1")


def _tables(cls: type, prefix: str) -> Iterator[str]:
    for item in options(cls):
        inner = item.metadata.get("section") or item.metadata.get("sections")
        if inner:
            name = prefix + item.name
            title = f"[[{name}]]\\&" if "sections" in item.metadata else f"[{name}]\\&"
            yield from (f".Ss {title}", *sentences((inner.__doc__ or "").split("\n\n")[0].replace("\n", " ")))
            rows = [(f"Ic {one.name}{_default(one)}", sentences(one.metadata["doc"])) for one in _plain(inner)]
            if rest := free_field(inner):
                rows.append(("Ar KEY", sentences(rest.metadata["doc"])))
            if rows:
                yield from items(rows)
            yield from _tables(inner, f"{name}.")


def _plain(cls: type) -> list[Field[Any]]:
    return [item for item in options(cls) if "doc" in item.metadata]


def _default(item: Field[Any]) -> str:
    if item.default is MISSING:
        return " No must be given"
    value = item.metadata["kind"].write(item.default)
    return f" = {argument(json.dumps(value, ensure_ascii=False))}"
