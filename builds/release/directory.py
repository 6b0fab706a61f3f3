"""Making the directory of a release: all of it, or nothing that could be mistaken for one."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from builds.release.artefact import describe
from builds.release.sbom import bill
from builds.release.signing import Signer

from everleaf import _core
from everleaf.errors import OutputError, UsageError
from everleaf.release import INDEX, Artefact, Index, PublicKey, Trust, digest_of

SUMS = "SHA256SUMS"
INSTALLER = Path(__file__).parents[1] / "install.sh"
_NO_KEY = "RELEASE_KEY=''"  # the line of the installer that a release fills in


def make(source: Path, target: Path, version: str, signer: Signer, epoch: int) -> Index:
    """Gather everything of `version` in `source`, sign it, judge it as users will, and call it `target`.

    Raises UsageError when there is nothing, OutputError when `target` exists, UntrustedError when signing went wrong.
    """
    if target.exists():
        raise OutputError(f"{target} exists, and a release is never changed", fix="choose another place, or remove it")
    found = list(_built(source, version))
    if not found:
        raise UsageError(f"{source} has nothing of version {version}", fix="build it first: python -m builds TARGET")
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    aside.mkdir(parents=True)
    try:
        index = _filled(aside, found, version, signer, epoch)
        judge(aside, signer.public())
        aside.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return index


def judge(directory: Path, public: str) -> None:
    """Raise UntrustedError unless every file is there, signed by this key, and the one of the index."""
    trust = Trust(PublicKey.parse(public), _core.verify)
    data = (directory / INDEX).read_bytes()
    index = Index.parse(data, trust.judge(INDEX, blake2b(data).digest(), _signature(directory / INDEX)))
    for row in index.files:
        row.judge(directory / row.name)
    for path in (directory / name for name in (SUMS, *(row.name for row in index.files))):
        trust.judge(path.name, digest_of(path), _signature(path), index.version)


def _built(source: Path, version: str) -> Iterable[Path]:
    """Programs, folders and packages; `make freeze` leaves one without a version, which is nobody's release."""
    starts = (f"everleaf-{version}", f"everleaf_{version}")
    return (path for path in sorted(source.glob("everleaf*")) if path.is_file() and path.name.startswith(starts))


def _filled(aside: Path, found: Iterable[Path], version: str, signer: Signer, epoch: int) -> Index:
    rows = [describe(Path(shutil.copy2(path, aside))) for path in found]
    made = [aside / f"everleaf-{version}.cdx.json", aside / INSTALLER.name]
    made[0].write_text(bill(version, [(aside / row.name, row) for row in rows if row.form == "program"], epoch))
    made[1].write_text(installer(signer.public(), version))
    made[1].chmod(0o755)
    index = Index(version, tuple(rows + [describe(path) for path in made]))
    (aside / SUMS).write_text("".join(f"{row.sha256}  {row.name}\n" for row in index.files))
    (aside / INDEX).write_text(index.render())
    for path in sorted(aside.iterdir()):
        signer.sign(path, version)
    return index


def installer(public: str, version: str) -> str:
    """The script for a single machine, with the key by which it judges and the version that it installs."""
    text = INSTALLER.read_text("utf-8")
    if text.count(_NO_KEY) != 1 or text.count("VERSION=''") != 1:
        raise AssertionError(f"{INSTALLER} has no place for the key and the version")
    return text.replace(_NO_KEY, f"RELEASE_KEY='{public}'").replace("VERSION=''", f"VERSION='{version}'")


def _signature(path: Path) -> str:
    return path.with_name(f"{path.name}.minisig").read_text("utf-8")


__all__ = ["Artefact", "installer", "judge", "make"]
