"""Putting a recipe together: the files as they shall be on the host, what describes them, and the command to run there.

FreeBSD's and DragonFly's packages are made by `pkg create`, OpenBSD's and NetBSD's by their `pkg_create`, those of
macOS by `pkgbuild`, and those of Windows by WiX. None of these runs here.
"""

from __future__ import annotations

import shutil
from os.path import relpath
from pathlib import Path

from builds.manuals.files import write
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from everleaf.cli.defaults import configuration
from everleaf.config.text import render
from everleaf.errors import UsageError
from everleaf.platform import Platform, manager, platform
from everleaf.platform.service import service

HERE = Path(__file__).parent
SYSTEMS = {"freebsd": "freebsd", "dragonfly": "freebsd", "openbsd": "openbsd", "netbsd": "netbsd", "macos": "macos"}
SYSTEMS["windows"] = "windows"
PREFIXES = {"netbsd": "/usr/pkg"}  # /usr/local elsewhere


def recipe(name: str, program: Path, what: tuple[str, str], out: Path, epoch: int = 0) -> None:
    """Fill `out`, which must not exist, for the platform `name`. `program` is a file, for Windows a directory.

    `what` are its version, and its machine as that system's packages call it.

    Raises UsageError for platforms whose packages nfpm makes.
    """
    if name not in SYSTEMS:
        fix = f"these do: {', '.join(SYSTEMS)}; others: python -m builds.packages"
        raise UsageError(f"{name} needs no recipe", fix=fix)
    home, stage = platform(name), out / "stage"
    prefix = PREFIXES.get(name, "/usr/local")
    if name == "windows":
        shutil.copytree(program, stage)
    else:
        _fill(home, program, stage, prefix, epoch)
    made = service(home, manager(home.manager))
    values = {
        "version": what[0],
        "machine": what[1],
        "prefix": prefix,
        "home": home,
        "commands": made.commands,
        "directories": made.directories,
        "files": sorted(str(path.relative_to(stage)) for path in stage.rglob("*") if not path.is_dir()),
        "service_files": [file.path.removeprefix("/") for file in made.files],
        "config": home.config.removeprefix("/"),
    }
    for template in sorted((HERE / SYSTEMS[name]).glob("*.j2")):
        target = out / template.name.removesuffix(".j2")
        target.write_text(_environment().get_template(f"{SYSTEMS[name]}/{template.name}").render(values))
        if target.read_text().startswith("#!"):
            target.chmod(0o755)


def _fill(home: Platform, program: Path, stage: Path, prefix: str, epoch: int) -> None:
    library, link = _below(stage, home.versions) / "everleaf", _below(stage, home.binary)
    for path in (library, link):
        path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(program, library)
    library.chmod(0o755)
    link.symlink_to(relpath(library, link.parent))
    texts = {file.path: (file.content, int(file.mode, 8)) for file in service(home, manager(home.manager)).files}
    texts[f"{home.config}.sample"] = (render(configuration(home)), 0o644)
    for place, (content, mode) in texts.items():
        target = _below(stage, place)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
        target.chmod(mode)
    write(_below(stage, f"{prefix}/share"), epoch, ("everleaf",))


def _below(stage: Path, path: str) -> Path:
    return stage / path.removeprefix("/")


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
