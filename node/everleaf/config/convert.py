"""From a Yggdrasil configuration to ours.

What it says and we cannot do is never dropped without a word: every such key becomes a remark.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from everleaf.config.model import (
    AdminConfig,
    Config,
    IdentityConfig,
    InterfaceConfig,
    MulticastConfig,
    NodeInfoConfig,
    OverlayConfig,
    PeeringConfig,
    Via,
)
from everleaf.config.values import (
    ENDPOINT,
    KEY,
    MAX_MTU,
    MIN_MTU,
    NAME,
    PASSWORD,
    PATTERN,
    BadValue,
    Kind,
    list_of,
    uri,
)
from everleaf.config.yggdrasil import DEFAULT_MULTICAST, KEYS, decode
from everleaf.errors import ConfigError

_SEED_SIZE = 32
_PRIVATE_KEY_DIGITS = 128
_EXACT = 1 << 53  # Yggdrasil's node info keeps numbers as 64-bit floats, whole ones exact up to here
_FLOAT64_BITS = 1024  # such a float is smaller than 2 to this power


@dataclass(frozen=True, slots=True)
class Imported:
    """What a Yggdrasil configuration says, in our words."""

    config: Config
    seed: bytes | None = field(repr=False)  # of the private key, if the file holds one
    public_key: bytes | None  # that the file claims for it; to be checked
    key_elsewhere: bool  # whether the file names another that holds the key
    remarks: list[str]  # what was changed or left out, a sentence each


def convert(data: bytes, file: str) -> Imported:
    """Read a Yggdrasil configuration; `file` is what errors call it. Raises ConfigError, which never shows the key."""
    try:
        return _Converter(decode(data)).run()
    except BadValue as bad:
        raise ConfigError(file, bad.key, bad.problem, fix=bad.fix) from None


class _Converter:
    """One conversion, and the remarks it has made so far."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self._remarks: list[str] = []

    def run(self) -> Imported:
        seed, public_key = self._private_key()
        config = Config(
            identity=self._identity(),
            interface=self._interface(),
            peering=self._peering(),
            multicast=self._multicast(),
            overlay=OverlayConfig(self._given.get("GroupPassword", "")),
            admin=self._admin(),
            nodeinfo=self._nodeinfo(),
        )
        if self._given.get("LogLookups"):
            self._remark("LogLookups", "not needed: lookups can always be asked for")
        for name in self._given:
            if name not in KEYS:
                self._remark(name, "Yggdrasil has no such key either; left out")
        return Imported(config, seed, public_key, bool(self._given.get("PrivateKeyPath")), self._remarks)

    def _remark(self, key: str, what: str) -> None:
        self._remarks.append(f"{key}: {what}")

    def _kept(self, key: str, values: Iterable[Any], kind: Kind[Any]) -> list[Any]:
        """Those of `values` that we can use, once each; a remark for each of the others."""
        kept: list[Any] = []
        for value in values:
            try:
                item = kind.read(value)
            except BadValue as bad:
                self._remark(key, f"left out: {bad.problem}")
                continue
            if kind.name(item) not in map(kind.name, kept):
                kept.append(item)
        return kept

    def _private_key(self) -> tuple[bytes | None, bytes | None]:
        digits = self._given.get("PrivateKey")
        if digits is None or self._given.get("PrivateKeyPath"):
            return None, None
        if not re.fullmatch(f"[0-9a-fA-F]{{{_PRIVATE_KEY_DIGITS}}}", digits):
            raise BadValue(f"must have {_PRIVATE_KEY_DIGITS} hexadecimal digits", key="PrivateKey")
        key = bytes.fromhex(digits)
        return key[:_SEED_SIZE], key[_SEED_SIZE:]

    def _identity(self) -> IdentityConfig:
        path = self._given.get("PrivateKeyPath")
        if not path:
            return IdentityConfig()
        return IdentityConfig(path)

    def _interface(self) -> InterfaceConfig:
        name, mtu = self._given.get("IfName", "auto"), self._given.get("IfMTU", "auto")
        if mtu != "auto" and not MIN_MTU <= mtu <= MAX_MTU:
            limit = MIN_MTU if mtu < MIN_MTU else MAX_MTU
            self._remark("IfMTU", f"changed from {mtu} to the limit {limit}")
            mtu = limit
        if name in ("none", "dummy"):
            return InterfaceConfig(kind="none", mtu=mtu)
        return InterfaceConfig(name=(self._kept("IfName", [name], NAME) or ["auto"])[0], mtu=mtu)

    def _peering(self) -> PeeringConfig:
        peers_by_name = self._given.get("InterfacePeers") or {}
        via = [
            Via(name, tuple(self._kept("InterfacePeers", peers_by_name[name] or [], uri())))
            for name in self._kept("InterfacePeers", peers_by_name, NAME)
        ]
        return PeeringConfig(
            listen=tuple(self._kept("Listen", self._given.get("Listen") or [], uri(listen=True))),
            peers=tuple(self._kept("Peers", self._given.get("Peers") or [], uri())),
            allowed_keys=self._allowed_keys(),
            via=tuple(entry for entry in via if entry.peers),
        )

    def _allowed_keys(self) -> tuple[bytes, ...]:
        """All of them or none: with one left out, the list would mean something else."""
        keys = list(dict.fromkeys(key.lower() for key in self._given.get("AllowedPublicKeys") or []))
        try:
            return list_of(KEY).read(keys)
        except BadValue as bad:
            raise bad.inside("AllowedPublicKeys") from None

    def _multicast(self) -> tuple[MulticastConfig, ...]:
        found: list[MulticastConfig] = []
        for entry in self._given.get("MulticastInterfaces", [DEFAULT_MULTICAST]) or []:
            converted = self._multicast_entry(entry)
            if converted and converted not in found:
                found.append(converted)
        return tuple(found)

    def _multicast_entry(self, entry: Mapping[str, Any]) -> MulticastConfig | None:
        beacon, listen = entry.get("Beacon", False), entry.get("Listen", False)
        pattern = self._kept("MulticastInterfaces", [entry.get("Regex", "")], PATTERN)
        password = self._kept("MulticastInterfaces", [entry.get("Password", "")], PASSWORD)
        if not (pattern and password):
            return None
        if not (beacon or listen):
            self._remark("MulticastInterfaces", f'left out: "{pattern[0]}" with neither Beacon nor Listen')
            return None
        priority = entry.get("Priority", 0) & 0xFF  # Yggdrasil cuts it to a byte as well
        return MulticastConfig(pattern[0], beacon, listen, entry.get("Port", 0), priority, password[0])

    def _admin(self) -> AdminConfig:
        text = self._given.get("AdminListen")
        if text is None:
            return AdminConfig()
        if "://" not in text and not text.startswith("unix:") and text not in ("", "none"):
            text = f"tcp://{text}"
        kept = self._kept("AdminListen", [text], ENDPOINT)
        return AdminConfig(kept[0]) if kept else AdminConfig()

    def _nodeinfo(self) -> NodeInfoConfig:
        data = {}
        for name, value in (self._given.get("NodeInfo") or {}).items():
            if name == "privacy":
                self._remark("NodeInfo.privacy", "left out: the name has a meaning of its own here")
            elif not _storable(value):
                self._remark(f"NodeInfo.{name}", "left out: null, or a number without bounds")
            else:
                data[name] = _as_float64(value)
        return NodeInfoConfig(privacy=self._given.get("NodeInfoPrivacy", False), data=data)


def _storable(value: Any) -> bool:
    """Whether TOML and JSON can both carry it."""
    match value:
        case dict():
            return all(map(_storable, value.values()))
        case list():
            return all(map(_storable, value))
        case float():
            return math.isfinite(value)
        case int():
            return value.bit_length() < _FLOAT64_BITS
        case _:
            return value is not None


def _as_float64(value: Any) -> Any:
    """`value` with numbers as Yggdrasil would tell them: rounded to 53 bits, whole ones without fraction."""
    match value:
        case dict():
            return {name: _as_float64(item) for name, item in value.items()}
        case list():
            return [_as_float64(item) for item in value]
        case float() if value.is_integer() and abs(value) < _EXACT:
            return int(value)
        case int() if abs(value) > _EXACT:
            return float(value)
        case _:
            return value
