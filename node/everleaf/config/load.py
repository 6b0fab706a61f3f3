"""From a file to a Config, or to one error that names file, key, value and remedy."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from everleaf.config.model import Config, PeeringConfig
from everleaf.config.option import table
from everleaf.config.values import BadValue
from everleaf.errors import ConfigError
from everleaf.uri import LinkURI

_SAFE_PASSWORD = 16  # characters; shorter ones can be guessed from one recorded packet
_BOM = b"\xef\xbb\xbf"
_HJSON = re.compile(rb'^\s*(?:\{|"?(?:PrivateKey|Peers|Listen|AdminListen|IfName)"?\s*:)', re.MULTILINE)


def load(path: str | Path) -> Config:
    """The configuration in a file. Raises ConfigError."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        fix = f"make one: everleaf init --out {path}" if isinstance(error, FileNotFoundError) else ""
        raise ConfigError(str(path), "", f"cannot be read: {error.strerror}", fix=fix) from None
    return loads(data, str(path))


def loads(data: bytes, file: str = "configuration") -> Config:
    """The configuration in a text; `file` is what errors call it. Raises ConfigError."""
    try:
        document = tomllib.loads(data.removeprefix(_BOM).decode())
    except UnicodeDecodeError as error:
        raise ConfigError(file, "", f"is not UTF-8 at byte {error.start}") from None
    except (ValueError, RecursionError) as error:  # tomllib lets some of Python's own errors pass
        raise ConfigError(file, "", f"is not TOML: {error}", fix=_remedy(data, file, str(error))) from None
    try:
        return table(Config).read(document)
    except BadValue as bad:
        raise ConfigError(file, bad.key, bad.problem, fix=bad.fix) from None


def _uris(peering: PeeringConfig) -> list[tuple[str, tuple[LinkURI, ...]]]:
    through = [(f"peering.via[{number}].peers", via.peers) for number, via in enumerate(peering.via)]
    return [("peering.listen", peering.listen), ("peering.peers", peering.peers), *through]


def _remedy(data: bytes, file: str, problem: str) -> str:
    """What to do with a file that is Yggdrasil's, by its looks, or to which a snippet of a manual was appended."""
    if _HJSON.search(data):
        return f"if it is Yggdrasil's, convert it: everleaf init --from {file} --out NEW"
    return "put its lines where the table stands already" if problem.startswith("Cannot declare (") else ""


def cautions(config: Config) -> list[str]:
    """What is allowed but probably not meant, a sentence each. Secrets are not quoted."""
    found = []
    if 0 < len(config.overlay.group_password) < _SAFE_PASSWORD:
        found.append(f"overlay.group_password: short enough to be guessed; use {_SAFE_PASSWORD} characters or more")
    if config.multicast:
        found.append("multicast: discovery comes with a later release, and does nothing yet")
    for number, entry in enumerate(config.multicast):
        if 0 < len(entry.password) < _SAFE_PASSWORD:
            found.append(
                f"multicast[{number}].password: short enough to be guessed; use {_SAFE_PASSWORD} characters or more"
            )
    peering = config.peering
    for key, uris in _uris(peering):
        for number, uri in enumerate(uris):
            found += [f"{key}[{number}]: {doubt}" for doubt in uri.doubts(listen=key == "peering.listen")]
    if not (peering.listen or peering.all_peers()):
        found.append("peering: neither peers nor listeners, so this node stays alone until a peer is added")
    return found
