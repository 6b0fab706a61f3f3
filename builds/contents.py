"""What a frozen node may consist of: contents.toml says, and a build with anything more is refused.

node.spec takes what to leave out from here, so this file imports nothing of the project.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("contents.toml")


def excluded() -> list[str]:
    """Modules that no form has."""
    return list(_table()["excluded"])


def foreign(system: str) -> list[str]:
    """Modules that only other systems than `system`, one of sys.platform's words, import."""
    return {"win32": [], "linux": ["uuid", "ctypes", "_ctypes"]}.get(system, ["uuid"])


def extensions() -> list[str]:
    """Python's C modules that a form may have; not every Python has all of them."""
    return list(_table()["extensions"])


def codecs() -> list[str]:
    """Modules that Python asks for by the name of an encoding, which no analysis finds."""
    return list(_table()["codecs"])


def surplus_libraries(names: Iterable[str], system: str = "") -> list[str]:
    """Which of these file names of shared objects have no business in a build; `system` may be "windows"."""
    known = _table()
    here = known[system] if system else known
    extensions = {*known["extensions"], *here["extensions"]}
    return sorted(
        name
        for name in names
        if name.partition(".")[0] not in extensions and not name.startswith(tuple(here["libraries"]))
    )


def windows_has(name: str) -> bool:
    """Whether a DLL, by its name in lower case, is a part of every Windows that we build for."""
    return name.startswith(tuple(_table()["windows"]["system"]))


def surplus_modules(names: Iterable[str]) -> list[str]:
    """Which of these modules are neither the node's, nor Python's, nor of a package that it uses, or are left out."""
    known = _table()
    ours = {"everleaf", *known["packages"], *sys.stdlib_module_names}
    known_by_beginning = tuple(known["modules"])
    out = set(known["excluded"])
    return sorted(
        name
        for name in names
        if (name.partition(".")[0] not in ours and not name.startswith(known_by_beginning)) or out & set(_parents(name))
    )


def _parents(name: str) -> list[str]:
    """a.b.c: a, a.b and itself."""
    parts = name.split(".")
    return [".".join(parts[: end + 1]) for end in range(len(parts))]


def _table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text("utf-8"))
