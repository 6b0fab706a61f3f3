"""What a Yggdrasil configuration file says: its keys, types and defaults, before anything is made of it."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from typing import Any

from everleaf.config import hjson
from everleaf.config.values import BadValue

DEFAULT_MULTICAST = {"Regex": ".*", "Beacon": True, "Listen": True}

_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

_Decoder = Callable[[Any], Any]


def decode(data: bytes) -> dict[str, Any]:
    """The keys a file sets, spelled and typed as Yggdrasil has them; unknown ones as they are. Raises BadValue."""
    try:
        document = hjson.loads(_text(data))
    except hjson.HjsonError as error:
        raise BadValue(f"is neither HJSON nor JSON: {error}") from None
    return _decode_keys(document, KEYS)


def _text(data: bytes) -> str:
    encoding = "utf-8"
    for bom, name in _BOMS.items():
        if data.startswith(bom):
            data, encoding = data.removeprefix(bom), name
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadValue(f"is not UTF-8 at byte {error.start}") from None


def _decode_keys(document: Mapping[str, Any], keys: Mapping[str, _Decoder]) -> dict[str, Any]:
    """The document with known keys spelled right, whatever their case, and their values checked."""
    spelled = {name.lower(): name for name in keys}
    found: dict[str, Any] = {}
    for given, value in document.items():
        name = spelled.get(given.lower(), given)
        try:
            found[name] = keys[name](value) if name in keys else value
        except BadValue as bad:
            raise bad.inside(name) from None
    return found


def _typed(type_: type, noun: str, *, nullable: bool = False) -> _Decoder:
    def decode_one(value: Any) -> Any:
        if type(value) is not type_ and not (nullable and value is None):
            raise BadValue(f"must be {noun}")
        return value

    return decode_one


def _number(bits: int) -> _Decoder:
    def decode_one(value: Any) -> int:
        if type(value) is not int or not 0 <= value < 1 << bits:
            raise BadValue(f"must be a whole number of at most {bits} bits")
        return value

    return decode_one


_string = _typed(str, "a text")
_flag = _typed(bool, "true or false")
_object = _typed(dict, "an object", nullable=True)
_list = _typed(list, "a list", nullable=True)


def _strings(value: Any) -> list[str] | None:
    return None if _list(value) is None else [_string(item) for item in value]


def _interface_peers(value: Any) -> dict[str, list[str] | None] | None:
    return None if _object(value) is None else {name: _strings(peers) for name, peers in value.items()}


def _multicast(value: Any) -> list[dict[str, Any]] | None:
    """The entries. The first one inherits what it leaves out from the default entry: a habit files rely on."""
    if _list(value) is None:
        return None
    entries = []
    for number, entry in enumerate(value):
        try:
            found = _decode_keys(_typed(dict, "an object")(entry), _MULTICAST_KEYS)
        except BadValue as bad:
            raise bad.inside(f"[{number}]") from None
        entries.append((DEFAULT_MULTICAST if number == 0 else {}) | found)
    return entries


_MULTICAST_KEYS: dict[str, _Decoder] = {
    "Regex": _string,
    "Beacon": _flag,
    "Listen": _flag,
    "Port": _number(16),
    "Priority": _number(64),
    "Password": _string,
}

KEYS: dict[str, _Decoder] = {
    "PrivateKey": _string,
    "PrivateKeyPath": _string,
    "Peers": _strings,
    "InterfacePeers": _interface_peers,
    "Listen": _strings,
    "AdminListen": _string,
    "MulticastInterfaces": _multicast,
    "AllowedPublicKeys": _strings,
    "GroupPassword": _string,
    "IfName": _string,
    "IfMTU": _number(64),
    "LogLookups": _flag,
    "NodeInfoPrivacy": _flag,
    "NodeInfo": _object,
}
