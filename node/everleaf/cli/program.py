"""The program of a service: every version a file of its own, and a link that says which one is used.

A frozen file reads itself while it runs, so it is never written over; moving the link leaves a running node whole.
"""

from __future__ import annotations

import secrets
import shutil
import sys
from hashlib import file_digest
from pathlib import Path

from everleaf.daemon.unpacked import unpacked
from everleaf.errors import OutputError
from everleaf.platform import Platform


def install(home: Platform, version: str) -> list[str]:
    """Have the program that runs now be the service's, or else what is there already; what was done for that."""
    link = Path(home.binary)
    ours = _single_file()
    if ours and home.system == "Windows":
        raise OutputError("a single file cannot be a service of Windows", fix=f"put the folder form at {link.parent}")
    if ours is None:
        if not link.exists():
            raise OutputError(
                f"there is no program at {link}, and this one is no single file that could be copied there",
                fix=f"link it: ln -s {Path(sys.argv[0]).absolute()} {link}",
            )
        return []
    target = Path(home.join(home.versions, f"everleaf-{version}-{_digest(ours)}{link.suffix}"))
    try:
        return _copy(ours, target) + _point(link, target)
    except OSError as error:
        raise OutputError(
            f"{error.filename} cannot be written: {error.strerror}", fix="look at what is there"
        ) from None


def uninstall(home: Platform) -> list[str]:
    """Remove link and versions; what was removed. A program that something else has put there stays."""
    link, versions = Path(home.binary), Path(home.versions)
    if not link.is_symlink() or versions not in link.readlink().parents:
        return []
    gone = [link, *sorted(versions.glob("everleaf-*"))]
    for path in gone:
        path.unlink()
    return [str(path) for path in gone]


def _single_file() -> Path | None:
    """Ourselves, if we are all in one file: one that unpacks itself, or a static one, which is frozen and does not."""
    if unpacked() or (getattr(sys, "frozen", False) and not hasattr(sys, "_MEIPASS")):
        return Path(sys.executable).resolve()
    return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()[:8]


def _copy(source: Path, target: Path) -> list[str]:
    if target.exists():
        return []
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        shutil.copyfile(source, aside)
        aside.chmod(0o755)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return [f"copied the program to {target}"]


def _point(link: Path, target: Path) -> list[str]:
    if link.is_symlink() and link.readlink() == target:
        return []
    aside = link.with_name(f".{link.name}.{secrets.token_hex(4)}")
    link.parent.mkdir(parents=True, exist_ok=True)
    aside.symlink_to(target)
    aside.replace(link)
    return [f"linked {link} to it"]
