"""The archive at a static program's end: what it imports and reads. A zip is found from the end of a file."""

from __future__ import annotations

import shutil
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path


def append(program: Path, files: Iterable[tuple[str, Path]], epoch: int, target: Path) -> Path:
    """`program` with `files`, by their names inside, as `target`. The same files and time give the same bytes."""
    shutil.copy(program, target)
    moment = time.gmtime(max(epoch, 315532800))[:6]  # a zip knows nothing before 1980
    with zipfile.ZipFile(target, "a") as archive:
        for name, path in sorted(files):
            entry = zipfile.ZipInfo(name, moment)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return target


def below(directory: Path) -> list[tuple[str, Path]]:
    """Every file of `directory`, and its name from there."""
    return [(path.relative_to(directory).as_posix(), path) for path in directory.rglob("*") if path.is_file()]


def modules(program: Path) -> list[str]:
    """The names of the modules in the archive of `program`."""
    with zipfile.ZipFile(program) as archive:
        names = (name.removesuffix(".pyc") for name in archive.namelist() if name.endswith(".pyc"))
        return sorted(name.removesuffix("/__init__").replace("/", ".") for name in names)
