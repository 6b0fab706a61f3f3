"""The node's private key on disk: PKCS#8 PEM, as OpenSSL and Yggdrasil write it, and the lock on its use."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from everleaf.errors import BusyError, ConfigError, HostError, OutputError, PermissionDeniedError
from everleaf.privacy import Privacy

SEED_SIZE = 32

_DER_HEAD = bytes.fromhex("302e020100300506032b657004220420")  # PKCS#8, version 0, Ed25519, a 32-byte octet string
_PEM = re.compile(rb"-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PRIVATE KEY-----")
_MAX_FILE = 65536  # bytes; text before the key is fine, a disk image is not


class Seed(bytearray):
    """The 32 secret bytes. Shown as `...`; wiped by `close`."""

    def __init__(self, data: bytes | bytearray) -> None:
        """Copy `data`, which must have SEED_SIZE bytes."""
        if len(data) != SEED_SIZE:
            raise ValueError(f"a seed has {SEED_SIZE} bytes, not {len(data)}")
        super().__init__(data)

    def __repr__(self) -> str:
        return "..."

    __str__ = __repr__

    def close(self) -> None:
        """Overwrite the secret. Twice is harmless."""
        self[:] = bytes(len(self))

    def __enter__(self) -> Seed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def new_seed() -> Seed:
    """A seed nobody can guess."""
    return Seed(os.urandom(SEED_SIZE))


def write(path: str | Path, seed: Seed, privacy: Privacy) -> None:
    """Put `seed` into a new file that only its owner can read. Raises OutputError; never replaces a file.

    The name appears only when the whole key is on disk, so a crash leaves either no key or a good one.
    """
    path = Path(path)
    if not path.name:
        raise OutputError(f'"{path}" is a directory', fix="name a new file in it")
    aside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        descriptor = privacy.create(aside)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _give_away(descriptor, path.parent)
                file.write(_to_pem(seed))
                file.flush()
                os.fsync(descriptor)
            _publish(aside, path)
        finally:
            aside.unlink(missing_ok=True)
    except FileExistsError:
        raise OutputError(f"{path} exists and is never replaced", fix="choose another name, or move it away") from None
    except OSError as error:
        fix = "" if path.parent.is_dir() else f"make its directory: mkdir -p {path.parent}"
        raise OutputError(f"{path} cannot be written: {error.strerror}", fix=fix) from None


def _publish(aside: Path, path: Path) -> None:
    """Give `aside` the name `path`, unless that exists: rename would replace, link does not."""
    if sys.platform == "win32":
        aside.rename(path)  # which does not replace here
        return
    path.hardlink_to(aside)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _give_away(descriptor: int, like: Path) -> None:
    """What root makes for a service of another user is that user's, or it could not use its own key or lock."""
    if sys.platform == "win32" or os.geteuid():
        return
    wanted = like.stat()
    if os.fstat(descriptor).st_uid != wanted.st_uid:  # a node that is root itself may not change even a group
        os.fchown(descriptor, wanted.st_uid, wanted.st_gid)


def load(path: str | Path, privacy: Privacy) -> Seed:
    """The seed in a key file. Raises ConfigError, or PermissionDeniedError when others could read the file."""
    try:
        with Path(path).open("rb") as file:
            _refuse_exposed(path, file.fileno(), privacy)
            data = file.read(_MAX_FILE)
    except FileNotFoundError:
        raise ConfigError(str(path), "", "does not exist", fix=f"make a key: everleaf keygen --out {path}") from None
    except PermissionError:
        raise PermissionDeniedError(f"{path} may not be read by this user", fix="run as its owner") from None
    except OSError as error:
        raise ConfigError(str(path), "", f"cannot be read: {error.strerror}") from None
    return parse(data, str(path))


def parse(data: bytes, file: str = "key") -> Seed:
    """The seed in the text of a key file: a PEM block, whatever stands before it. Raises ConfigError."""
    found = _PEM.search(data)
    if not found:
        raise ConfigError(file, "", "holds no PEM block PRIVATE KEY", fix="make a key: everleaf keygen --out FILE")
    try:
        der = base64.b64decode(b"".join(found[1].split()), validate=True)
    except binascii.Error as error:
        raise ConfigError(file, "", f"is not base64: {error}") from None
    if not der.startswith(_DER_HEAD) or len(der) != len(_DER_HEAD) + SEED_SIZE:
        raise ConfigError(file, "", "is not an Ed25519 key", fix="everleaf keygen and openssl genpkey make one")
    return Seed(der[len(_DER_HEAD) :])


def _to_pem(seed: Seed) -> bytes:
    body = base64.b64encode(_DER_HEAD + seed)
    return b"-----BEGIN PRIVATE KEY-----\n" + body + b"\n-----END PRIVATE KEY-----\n"


def _refuse_exposed(path: str | Path, descriptor: int, privacy: Privacy) -> None:
    exposure = privacy.exposure(descriptor)
    if exposure:
        raise PermissionDeniedError(f"{path} can be read by others ({exposure})", fix=f"run: {privacy.remedy(path)}")


@contextlib.contextmanager
def lock(path: str | Path) -> Iterator[None]:
    """Hold the sole right to run with the key in `path`. Raises BusyError, naming the process that holds it.

    The lock is a file beside the key, because the key may be read-only. It stays: removing it would race.
    """
    beside = Path(f"{path}.lock")
    try:
        file = os.fdopen(_open_lock(beside, Path(path)), "r+b")
    except PermissionError as error:
        raise PermissionDeniedError(
            f"{beside} cannot be opened: {error.strerror}", fix="run as the user whose key it is, or as root"
        ) from None
    except OSError as error:
        raise HostError(
            f"{beside} cannot be opened: {error.strerror}", fix="the key's directory must exist and be writable"
        ) from None
    with file:
        try:
            _lock(file)
        except OSError:
            file.seek(0)
            owner = file.read(20).decode(errors="replace").strip() or "unknown"
            raise BusyError(
                f"another everleaf (pid {owner}) runs with the identity {path}", fix="stop it, or use another key"
            ) from None
        file.truncate(0)
        file.write(b"%d\n" % os.getpid())
        file.flush()
        yield


def _open_lock(path: Path, key: Path) -> int:
    """Never through a symbolic link: the directory may be that of a user whom root does not trust."""
    flags = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return os.open(path, flags)
    _give_away(descriptor, key if key.exists() else path.parent)
    return descriptor


if sys.platform == "win32":
    import msvcrt

    _LOCK_AT = 1 << 30  # a byte far behind the text: Windows lets nobody read locked bytes

    def _lock(file: Any) -> None:
        file.seek(_LOCK_AT)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)

else:
    import fcntl

    def _lock(file: Any) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
