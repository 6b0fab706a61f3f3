"""Putting what was built where releases are made from, under its released name."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import time
import zipfile
from pathlib import Path

from builds.frozen import Frozen
from builds.target import Target
from builds.tree import ROOT, environment


def put(made: Frozen, target: Target, place: Path = ROOT / "dist") -> list[Path]:
    """Copy the single file, and the folder as an archive; the paths.

    For Windows there are two archives: a fleet has tar unpack one there, and Explorer shows people the other.
    """
    place.mkdir(exist_ok=True)
    paths = [Path(shutil.copy(made.file, place / target.file()))]
    if made.folder:
        for ending, packer in [(".tgz", pack), (".zip", pack_zip)] if paths[0].suffix == ".exe" else [(".tgz", pack)]:
            paths.append(place / f"{target.file().removesuffix('.exe')}{ending}")
            packer(made.folder, paths[-1], int(environment()["SOURCE_DATE_EPOCH"]))
    return paths


def pack(folder: Path, archive: Path, epoch: int, name: str = "everleaf") -> None:
    """The same folder and time give the same bytes: sorted, owned by root, nothing of this machine in it."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = epoch
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in [folder, *sorted(folder.rglob("*"))]:
            tar.add(path, f"{name}/{path.relative_to(folder)}", recursive=False, filter=plain)


def pack_zip(folder: Path, archive: Path, epoch: int, name: str = "everleaf") -> None:
    """The same for Windows: a zip that its Explorer unpacks."""
    moment = time.gmtime(epoch)[:6]
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{name}/{path.relative_to(folder).as_posix()}", moment)
            packed.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
