"""What a fleet says to a router, whose configuration is typed and committed: scripts of its shell. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from everleaf.platform import Platform, Step
from everleaf.platform.render import render
from everleaf.platform.service import File
from everleaf.vyatta.commands import OURS
from everleaf.vyatta.tree import ROOT

Lines = frozenset[tuple[str, ...]]  # `set ...`, each as its words, which routers and people quote in several ways

ALL = " ".join(ROOT)
SHOW = "/opt/vyatta/bin/vyatta-op-cmd-wrapper show configuration commands"
PACKAGES = "/config/data/firstboot/install-packages"  # where the next firmware looks
_OURS = f"{PACKAGES}/everleaf_*.deb"
_DEFAULT = ("log-level", "info")  # no line where it was never typed

# The grammar comes with the package, and a firmware upgrade brings that back, or nobody understands our lines.
PACKAGE = Step(
    check="dpkg-query -W -f '${Status}' everleaf | grep -q '^install ok installed$'",
    make=f"if ls {_OURS} >/dev/null 2>&1; then dpkg -iG {_OURS}; "
    f"else echo 'the package is missing; put it there as {_OURS}, and run this again' >&2; exit 1; fi",
    unmake=f"dpkg -r everleaf && rm -f {_OURS}",
)


def tun(home: Platform) -> str:
    """The interface whose node the table describes."""
    return PurePosixPath(home.config).stem


def place(interface: str) -> str:
    """The interface in the router's configuration."""
    return f"{ALL} {interface}"


def script(home: Platform, interface: str, commands: Sequence[str]) -> File:
    """What types these commands, commits and saves."""
    text = render("vyatta.sh.j2", interface=interface, commands=commands)
    return File(path(interface), text, "0755", group=home.group)


def path(interface: str) -> str:
    """The file of that script."""
    return f"/config/user-data/everleaf-{interface}.sh"


def lines(text: Iterable[str]) -> Lines:
    """The `set` among them."""
    return frozenset(tuple(shlex.split(line)) for line in text if line.startswith("set "))


def ours(there: Lines, interface: str) -> Lines:
    """Those that say what a fleet says. What else is below the interface is the router's own."""
    nodes = [tuple(f"set {place(interface)} {node}".split()) for node in OURS]
    return frozenset(line for line in there if _says(line, nodes) and line[-2:] != _DEFAULT)


def both(script: str, there: Iterable[str], interface: str) -> tuple[Lines, Lines]:
    """What that script types and what a router says, as far as it is the fleet's to say."""
    return ours(lines(script.splitlines()), interface), ours(lines(there), interface)


def changes(wanted: Lines, found: Lines) -> list[str]:
    """For people: the lines that a router says and should not, and those that it should and does not."""
    marked = [("-", line) for line in found - wanted] + [("+", line) for line in wanted - found]
    return [f"{sign} {told(line)}" for sign, line in sorted(marked, key=lambda change: (change[1], change[0]))]


def _says(line: Sequence[str], nodes: Iterable[tuple[str, ...]]) -> bool:
    return any(line[: len(node)] == node for node in nodes)


def told(line: Sequence[str]) -> str:
    """A line for people, without what is secret in it."""
    secret = "password" in line[:-1]
    return shlex.join([*line[:-1], "..."] if secret else line)
