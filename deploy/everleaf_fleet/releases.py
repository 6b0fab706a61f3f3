"""Releases that are signed: of what a channel holds, nothing is used but what the fleet's release key vouches for.

A release is a directory or the same below a URL: programs, `index.json` and its signature. What comes over the network
is kept on the controller by its checksum, so that a second host, and a second run, take it from there.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.request import urlopen

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from everleaf.errors import OutputError, UnavailableError, UntrustedError
from everleaf.release import INDEX, Artefact, Index, PublicKey, Trust
from everleaf_fleet.model.place import is_url

PAUSE = 30.0  # seconds a server may be silent
_LISTED = 1 << 20  # bytes of an index at most
_CHUNK = 1 << 16


def index(channel: str, key: PublicKey, version: str) -> Index:
    """The index of a channel, which must be of `version`. Raises UntrustedError, UnavailableError."""
    data, signature = _text(f"{channel}/{INDEX}"), _text(f"{channel}/{INDEX}.minisig")
    trust = Trust(key, _verify)
    claim = trust.judge(INDEX, blake2b(data).digest(), signature.decode(errors="replace"))
    if claim.version != version:
        fix = "an old release in the place of a new one? name the right channel, or change fleet.version"
        raise UntrustedError(f"{channel} has version {claim.version}, not {version}", fix=fix)
    return Index.parse(data, claim)


def program(channel: str, artefact: Artefact) -> Path:
    """A file of a channel that is the one of its index. Raises UntrustedError, UnavailableError, OutputError."""
    if not is_url(channel):
        path = Path(channel) / artefact.name
        if not path.is_file():
            raise UnavailableError(f"there is no program {path}", fix="the index lists it; put it there")
    else:
        path = _cache() / artefact.sha256
        if not path.is_file():
            _download(f"{channel}/{artefact.name}", artefact, path)
    artefact.judge(path)
    return path


def _verify(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _text(place: str) -> bytes:
    return _fetched(place) if is_url(place) else _read(Path(place))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LISTED)
    except OSError as error:
        fix = "the channel of a fleet with a release_key is a release, as it was published"
        raise UnavailableError(f"{path} cannot be read: {error.strerror}", fix=fix) from None


@cache  # a channel is asked once, however many hosts there are
def _fetched(url: str) -> bytes:
    with _opened(url) as answer:
        return b"".join(_chunks(url, answer, _LISTED))


def _download(url: str, artefact: Artefact, path: Path) -> None:
    """Put a file into the cache, whole and right or not at all."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with _opened(url) as answer, aside.open("xb") as file:
            for chunk in _chunks(url, answer, artefact.size + 1):
                file.write(chunk)
        artefact.judge(aside, url)
        aside.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}", fix="is there space?") from None
    finally:
        aside.unlink(missing_ok=True)


def _chunks(url: str, answer: HTTPResponse, most: int) -> Iterator[bytes]:
    """What a server sends, up to `most` bytes. Raises UnavailableError."""
    while most:
        try:
            chunk = answer.read(min(_CHUNK, most))
        except (OSError, HTTPException) as error:
            raise _unreachable(url, error) from None
        if not chunk:
            return
        most -= len(chunk)
        yield chunk


def _opened(url: str) -> HTTPResponse:
    try:
        answer = urlopen(url, timeout=PAUSE)
    except (OSError, HTTPException) as error:
        raise _unreachable(url, error) from None
    assert isinstance(answer, HTTPResponse)
    return answer


def _unreachable(url: str, error: Exception) -> UnavailableError:
    return UnavailableError(f"{url} cannot be fetched: {error}", fix="look at fleet.channel, and at that server")


def _cache() -> Path:
    path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "everleaf" / "programs"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be made: {error.strerror}", fix="set XDG_CACHE_HOME") from None
    return path
