"""The files of a package, put below one directory as they shall be below the root of a host."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from email.utils import formatdate
from os.path import relpath
from pathlib import Path
from typing import Any

from builds.manuals.files import write
from builds.packages.form import Form

from everleaf.cli.defaults import configuration
from everleaf.config.text import render

TREE = Path(__file__).parents[2]
ROUTER = TREE / "deploy" / "edgeos"
_TREES = {
    "root": ".",
    "templates": "opt/vyatta/share/vyatta-cfg/templates",
    "op": "opt/vyatta/share/vyatta-op/templates",
}
_SMALL = ("ipk", "edgeos")  # for routers, where nobody reads manuals
_COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: everleaf
Source: https://github.com/everleaf/everleaf

Files: *
Copyright: The everleaf authors
License: MIT
"""


def stage(form: Form, program: Path, root: Path, version: str, epoch: int) -> None:
    """Fill `root`. `program` is a single file, or a directory with the program `everleaf` in it."""
    library = _below(root, form.libraries)
    if program.is_dir():
        shutil.copytree(program, library, symlinks=True)
    else:
        library.mkdir(parents=True)
        shutil.copy2(program, library / "everleaf")
    (library / "everleaf").chmod(0o755)
    link = _below(root, form.binary)
    link.parent.mkdir(parents=True)
    link.symlink_to(relpath(library / "everleaf", link.parent))
    if form.name == "edgeos":
        for source, target in _TREES.items():
            shutil.copytree(ROUTER / source, root / target, dirs_exist_ok=True)
    else:
        _service(form, root)
    _documents(form, root, version, epoch)


def entries(root: Path, form: Form, configs: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """nfpm's lines for what is below `root`; those of `configs` are the administrator's once they are there."""
    for path in sorted(root.rglob("*")):
        target = f"/{path.relative_to(root)}"
        if path.is_symlink():
            yield {"src": str(path.readlink()), "dst": target, "type": "symlink"}
        elif path.is_dir() and path.name == "everleaf":  # ours alone, and so gone with the package
            yield {"dst": target, "type": "dir", "file_info": {"mode": 0o755, "owner": "root", "group": "root"}}
        elif path.is_file():
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            kind = {"type": _kind(target, form, configs)}
            owned = {"mode": mode, "owner": "root", "group": "root"}
            yield {"src": str(path), "dst": target, "file_info": owned} | kind


def _kind(target: str, form: Form, configs: tuple[str, ...]) -> str:
    if form.packager == "rpm" and target.startswith(("/usr/share/doc/", "/usr/share/man/")):
        return "doc"  # which nfpm leaves out of other formats
    return "config|noreplace" if target in configs else ""


def configs(form: Form) -> tuple[str, ...]:
    """The files below /etc, which an upgrade leaves as they are."""
    if form.name == "edgeos":  # where the router's own configuration is all there is
        return ()
    return (form.home.config, *(file.path for file in form.service.files if file.path.startswith("/etc/")))


def _service(form: Form, root: Path) -> None:
    files = [(file.path, file.content, int(file.mode, 8)) for file in form.service.files]
    for path, content, mode in [*files, (form.home.config, render(configuration(form.home)), 0o644)]:
        target = _below(root, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
        target.chmod(mode)


def _documents(form: Form, root: Path, version: str, epoch: int) -> None:
    directory = root / "usr/share/doc/everleaf"
    directory.mkdir(parents=True)
    licence = "".join(f" {line or '.'}\n" for line in (TREE / "LICENSE").read_text("utf-8").splitlines())
    (directory / "copyright").write_text(_COPYRIGHT + licence)
    entry = f"everleaf ({version}) unstable; urgency=medium\n\n  * See /usr/share/doc/everleaf/NEWS.gz.\n\n"
    signed = f"{entry} -- The everleaf authors <everleaf@users.noreply.github.com>  {formatdate(epoch)}\n"
    if form.name not in _SMALL:
        _manuals(form, root / "usr/share", epoch)
    for name, text in (("changelog.Debian.gz", signed), ("NEWS.gz", (TREE / "CHANGELOG.md").read_text("utf-8"))):
        (directory / name).write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _manuals(form: Form, share: Path, epoch: int) -> None:
    """Pages and completions of the node, as its distribution has them."""
    for path in write(share, epoch, ("everleaf",)):
        if "man" in path.parts:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
            path.unlink()
        elif "zsh" in path.parts and form.name == "deb":
            path.parent.rename(path.parent.with_name("vendor-completions"))


def _below(root: Path, path: str) -> Path:
    return root / path.removeprefix("/")
