"""`everleaf verify`: is a downloaded file what its maker signed? Checked by this program's own cryptography."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from everleaf import __version__
from everleaf.cli.command import Command, add_json, put, put_json
from everleaf.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from everleaf.release import Claim, Trust

_SIGNATURE_SIZE = 1 << 16  # bytes; a real one has a few hundred
_KEYS_BEGIN = "RW"  # "Ed" and what follows, as base64
_INDEX_SIZE = 1 << 20


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="what to judge")
    parser.add_argument(
        "--key", metavar="KEY", required=True, help="the maker's public key: a minisign.pub, or its second line"
    )
    parser.add_argument("--signature", metavar="FILE", type=Path, help="its signature; FILE.minisig unless said")
    parser.add_argument("--index", metavar="FILE", type=Path, help="judge by this signed index of a release instead")
    parser.add_argument(
        "--oldest", metavar="VERSION", default=__version__, help=f"refuse versions before it; {__version__} unless said"
    )
    add_json(parser)


def _run(options: Namespace) -> int:
    from everleaf import _core
    from everleaf.release import PublicKey, Trust

    trust = Trust(PublicKey.parse(_key(options.key)), _core.verify)
    claim = _by_index(trust, options) if options.index else _signed(trust, options)
    if options.json:
        put_json({"file": claim.file, "version": claim.version, "key": trust.key.name})
    else:
        put(f"{claim.file} is of version {claim.version}, signed by key {trust.key.name}")
    return 0


def _by_index(trust: Trust, options: Namespace) -> Claim:
    from hashlib import blake2b

    from everleaf.release import Claim, Index

    data = _read(options.index, _INDEX_SIZE)  # once: what is judged is what is used
    signature = _signature(options.index) if options.signature is None else _text(options.signature)
    listed = Index.parse(data, trust.judge(options.index.name, blake2b(data).digest(), signature, options.oldest))
    row = listed.named(options.file.name)
    _refuse_absent(options.file)
    row.judge(options.file)
    return Claim(row.name, listed.version)


def _signed(trust: Trust, options: Namespace) -> Claim:
    from everleaf.release import digest_of

    _refuse_absent(options.file)
    signature = _signature(options.file) if options.signature is None else _text(options.signature)
    return trust.judge(options.file.name, digest_of(options.file), signature, options.oldest)


def _signature(file: Path) -> str:
    return _text(file.with_name(f"{file.name}.minisig"))


def _key(given: str) -> str:
    if Path(given).is_file():
        return _text(Path(given))
    if not given.startswith(_KEYS_BEGIN):
        fix = "give a minisign.pub, or its second line"
        raise UsageError(f"--key {given} is neither a file nor a public key of minisign", fix=fix)
    return given


def _text(path: Path) -> str:
    return _read(path, _SIGNATURE_SIZE).decode(errors="replace")


def _refuse_absent(file: Path) -> None:
    if not file.is_file():
        raise UnavailableError(f"there is no file {file}", fix="download it first")


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        fix = "download it too; it stands beside the file"
        raise UnavailableError(f"{path} cannot be read: {error.strerror}", fix=fix) from None


COMMAND = Command("verify", "Judge a downloaded file by its maker's signature.", _arguments, _run)
