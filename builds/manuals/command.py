"""A program's commands and their options as data, taken from the parsers that read them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from everleaf.cli.main import parser as node_parser
from everleaf_fleet import cli as toolkit


@dataclass(frozen=True, slots=True)
class Option:
    """One option, or one argument by position, whose `flags` are empty."""

    flags: tuple[str, ...]
    value: str  # what stands for its value; "" for none
    says: str
    choices: tuple[str, ...] = ()
    repeated: bool = False  # takes any number of values


@dataclass(frozen=True, slots=True)
class Command:
    """One command, or the whole program, whose commands are `inner`."""

    name: str
    says: str
    options: tuple[Option, ...]
    arguments: tuple[Option, ...]
    inner: tuple[Command, ...] = ()


def node() -> Command:
    """The program everleaf."""
    return _command("everleaf", node_parser())


def fleet() -> Command:
    """The program everleaf-fleet, which reads a command's options only when it is asked for."""
    top = _command("everleaf-fleet", toolkit.parser([]))
    return Command(top.name, top.says, top.options, (), tuple(_fleet_command(name) for name in toolkit.COMMANDS))


def _fleet_command(name: str) -> Command:
    return next(one for one in _command("everleaf-fleet", toolkit.parser([name])).inner if one.name == name)


def _command(name: str, parser: argparse.ArgumentParser) -> Command:
    """argparse has no public way to ask what it knows; these names have not changed since it exists."""
    inner: tuple[Command, ...] = ()
    options, arguments = [], []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            inner = tuple(_command(word, one) for word, one in action.choices.items())
        elif action.option_strings:
            options.append(_option(action))
        else:
            arguments.append(_option(action))
    return Command(name, parser.description or "", tuple(options), tuple(arguments), inner)


def _option(action: argparse.Action) -> Option:
    choices = tuple(map(str, action.choices or ()))
    value = "" if action.nargs == 0 else str(action.metavar or "|".join(choices) or action.dest.upper())
    says = (action.help or "").replace("%%", "%")
    return Option(tuple(action.option_strings), value, says, choices, action.nargs in ("*", "+"))


PROGRAMS: dict[str, Callable[[], Command]] = {"everleaf": node, "everleaf-fleet": fleet}
