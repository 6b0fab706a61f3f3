"""Which fleet a command is about: and which hosts of it: options that are the same everywhere."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from everleaf.errors import UsageError
from everleaf_fleet.model import lock, reader
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.model.lock import Lock


def add_fleet(parser: argparse.ArgumentParser) -> None:
    """The option itself."""
    parser.add_argument("--fleet", metavar="FILE", type=Path, default=Path("fleet.toml"), help="default: fleet.toml")


def add_host(parser: argparse.ArgumentParser) -> None:
    """The one host that a command is about."""
    parser.add_argument("host", metavar="HOST", help="its name in the fleet's file")


def add_hosts(parser: argparse.ArgumentParser) -> None:
    """The hosts that a command is about, unless it is about all."""
    what = "only this host; may be said more than once (default: all)"
    parser.add_argument("--host", metavar="NAME", action="append", default=[], dest="hosts", help=what)


def chosen(fleet: Fleet, options: argparse.Namespace) -> list[str]:
    """Their names, in the order of the fleet's file. Raises UsageError."""
    wanted = {known(fleet, name) for name in options.hosts} or set(fleet.hosts)
    return [name for name in fleet.hosts if name in wanted]


def open_book(options: argparse.Namespace) -> tuple[Fleet, Book]:
    """The fleet, and its lock for writing; from now on it is also the one that connectors find. Raises ConfigError."""
    os.environ["EVERLEAF_FLEET"] = str(options.fleet.absolute())
    return reader.load(options.fleet), Book.open(lock.beside(options.fleet))


def read(options: argparse.Namespace) -> tuple[Fleet, Lock]:
    """The fleet and its lock. Raises ConfigError."""
    fleet = reader.load(options.fleet)
    return fleet, lock.load(lock.beside(options.fleet))


def known(fleet: Fleet, name: str) -> str:
    """`name`, if the fleet has such a host."""
    if name not in fleet.hosts:
        raise UsageError(f"{fleet.file} has no host {name!r}", fix=f"it has: {', '.join(fleet.hosts)}")
    return name
