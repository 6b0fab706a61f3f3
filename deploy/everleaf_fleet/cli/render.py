"""`everleaf-fleet render HOST`: every file the host would get, byte for byte. Asks no host."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from everleaf.platform.service import File
from everleaf_fleet.blueprint import blueprint
from everleaf_fleet.cli.source import add_fleet, add_host, known, read


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_host(parser)
    add_fleet(parser)
    parser.add_argument("--out", metavar="DIRECTORY", type=Path, help="write the files below this directory instead")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def run(options: argparse.Namespace) -> int:
    """Print them, or write them for a look or for a comparison."""
    fleet, lock = read(options)
    made = blueprint(fleet, lock, known(fleet, options.host))
    files = [made.config, *made.service.files]
    if options.out:
        _write(files, options.out)
    elif options.json:
        commands = dict(made.service.commands)
        print(
            json.dumps({"files": [asdict(file) for file in files], "commands": commands, "names": made.names}, indent=2)
        )
    else:
        print("\n".join(f"# --- {file.path} (mode {file.mode})\n{file.content}" for file in files), end="")
    return 0


def _write(files: Sequence[File], below: Path) -> None:
    for file in files:
        path = below / file.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.content, encoding="utf-8")
        path.chmod(int(file.mode, 8))
