"""`everleaf version`: what this program is made of."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from everleaf import __version__
from everleaf.cli.command import Command, add_json, put, put_json

_COMMIT_FILE = "COMMIT"  # beside the package's modules, in a build made from a commit


def facts() -> dict[str, Any]:
    """Versions of the node, its core, the libraries in it and Python."""
    import platform

    core, libraries = _core()
    return {
        "version": __version__,
        "commit": _commit(),
        "core": core,
        "libraries": libraries,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "frozen": bool(getattr(sys, "frozen", False)),
    }


def _core() -> tuple[str | None, dict[str, str]]:
    """None when the core does not load; `selftest` says why."""
    try:
        from everleaf import _core
    except ImportError:
        return None, {}
    return _core.VERSION, dict(_core.LIBRARIES)


def _commit() -> str | None:
    import pkgutil

    try:
        return (pkgutil.get_data("everleaf", _COMMIT_FILE) or b"").decode("ascii").strip() or None
    except OSError:
        return None


def _run(options: Namespace) -> int:
    about = facts()
    if options.json:
        put_json(about)
        return 0
    rows = {
        "everleaf": about["version"] + (f" ({about['commit']})" if about["commit"] else ""),
        "core": about["core"] or "does not load; run: everleaf selftest",
        **about["libraries"],
        "python": about["python"] + (", frozen" if about["frozen"] else ""),
        "system": about["system"],
    }
    put("\n".join(f"{name:<12}{value}" for name, value in rows.items()))
    return 0


def _arguments(parser: ArgumentParser) -> None:
    add_json(parser)


COMMAND = Command("version", "Print versions of the node, its core and its libraries.", _arguments, _run)
