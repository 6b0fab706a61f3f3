"""From the router's configuration tree, `interfaces everleaf tunN`, to the node's configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from everleaf.config import Config
from everleaf.config.option import table
from everleaf.config.values import BadValue
from everleaf.errors import ConfigError

ROOT = ("interfaces", "everleaf")


class Reader(Protocol):
    """A configuration as a session proposes it. Paths are words, from the root of the whole tree."""

    def nodes(self, *path: str) -> Sequence[str]:
        """The names below a node, or the values of a tag node; none when it does not exist."""

    def value(self, *path: str) -> str:
        """The value of a leaf that exists."""

    def values(self, *path: str) -> Sequence[str]:
        """All values of a leaf that may have several."""


class Leaf(Enum):
    """What a node without children holds."""

    FLAG = "nothing"  # being there is what it says
    VALUE = "one value"
    VALUES = "several values"


@dataclass(frozen=True, slots=True)
class Tag:
    """A node with named children, all alike: `peer URI`."""

    children: Mapping[str, Leaf]


Shape = Leaf | Tag | Mapping[str, Leaf]

# What below `interfaces everleaf tunN` the node's configuration is made of. The rest is for the router alone.
TREE: Mapping[str, Shape] = {
    "admin": Leaf.VALUE,
    "allowed-public-keys": Leaf.VALUES,
    "listen": Tag({"password": Leaf.VALUE, "priority": Leaf.VALUE}),
    "log-level": Leaf.VALUE,
    "mtu": Leaf.VALUE,
    "multicast": Tag(
        {
            "beacon": Leaf.VALUE,
            "listen": Leaf.VALUE,
            "password": Leaf.VALUE,
            "port": Leaf.VALUE,
            "priority": Leaf.VALUE,
        }
    ),
    "node-info": {"name": Leaf.VALUE, "privacy": Leaf.FLAG},
    "overlay": {"allowed-public-keys": Leaf.VALUES, "group-password": Leaf.VALUE},
    "peer": Tag(
        {
            "disable": Leaf.FLAG,
            "interface": Leaf.VALUE,
            "max-backoff": Leaf.VALUE,
            "password": Leaf.VALUE,
            "priority": Leaf.VALUE,
            "public-key": Leaf.VALUES,
            "server-name": Leaf.VALUE,
        }
    ),
    "private-key-file": Leaf.VALUE,
}


def read_config(reader: Reader, name: str, *, key_file: str, admin: str) -> Config:
    """The configuration of the node `name`; `key_file` and `admin` where the tree names none. Raises ConfigError."""
    tree = _read(reader, (*ROOT, name), TREE)
    document = _document(name, {"private-key-file": key_file, "admin": admin} | tree)
    try:
        return table(Config).read(document)
    except BadValue as bad:
        raise ConfigError(" ".join((*ROOT, name)), bad.key, bad.problem, fix=bad.fix) from None


def _read(reader: Reader, path: tuple[str, ...], children: Mapping[str, Shape]) -> dict[str, Any]:
    """What is set below `path`: values as texts. One question to the reader for each node that exists."""
    return {name: _read_node(reader, (*path, name), children[name]) for name in reader.nodes(*path) if name in children}


def _read_node(reader: Reader, path: tuple[str, ...], shape: Shape) -> Any:
    match shape:
        case Leaf.FLAG:
            return True
        case Leaf.VALUE:
            return reader.value(*path)
        case Leaf.VALUES:
            return list(reader.values(*path))
        case Tag(children):
            return {name: _read(reader, (*path, name), children) for name in reader.nodes(*path)}
        case _:
            return _read(reader, path, shape)


def _document(name: str, tree: Mapping[str, Any]) -> dict[str, Any]:
    """The same as the tables of a configuration file."""
    overlay, about = tree.get("overlay", {}), tree.get("node-info", {})
    return {
        "identity": {"key_file": tree["private-key-file"]},
        "interface": {"name": name} | _given(tree, mtu=("mtu", int)),
        "peering": {
            "listen": [_link(uri, options) for uri, options in tree.get("listen", {}).items()],
            "allowed_keys": tree.get("allowed-public-keys", []),
        }
        | _peers(tree.get("peer", {})),
        "multicast": [_multicast(pattern, options) for pattern, options in tree.get("multicast", {}).items()],
        "overlay": _given(overlay, group_password=("group-password", str), allowed_keys=("allowed-public-keys", list)),
        "admin": {"listen": tree["admin"]},
        "nodeinfo": _given(about, privacy=("privacy", bool), name=("name", str)),
        "log": _given(tree, level=("log-level", str)),
    }


def _given(tree: Mapping[str, Any], **options: tuple[str, Any]) -> dict[str, Any]:
    """Those options whose node exists, converted; the others keep the node's defaults."""
    return {option: convert(tree[node]) for option, (node, convert) in options.items() if node in tree}


def _peers(peers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The peers to dial: those for any interface, and those bound to one."""
    anywhere: list[str] = []
    bound: dict[str, list[str]] = {}
    for uri, options in peers.items():
        if "disable" in options:
            continue
        through = bound.setdefault(options["interface"], []) if "interface" in options else anywhere
        through.append(_link(uri, options))
    return {"peers": anywhere, "via": [{"interface": name, "peers": uris} for name, uris in bound.items()]}


def _link(uri: str, options: Mapping[str, Any]) -> str:
    """A URI with its options as parameters."""
    parameters: list[tuple[str, str]] = [("key", key) for key in options.get("public-key", [])]
    if options.get("priority", "0") != "0":
        parameters.append(("priority", options["priority"]))
    if "password" in options:
        parameters.append(("password", options["password"]))
    if "server-name" in options:
        parameters.append(("sni", options["server-name"]))
    if "max-backoff" in options:
        parameters.append(("maxbackoff", f"{options['max-backoff']}s"))
    return f"{uri}?{urlencode(parameters, quote_via=quote)}" if parameters else uri


def _multicast(pattern: str, options: Mapping[str, str]) -> dict[str, Any]:
    return {"interfaces": pattern} | _given(
        options,
        beacon=("beacon", _flag),
        listen=("listen", _flag),
        port=("port", int),
        priority=("priority", int),
        password=("password", str),
    )


def _flag(text: str) -> bool:
    return text == "true"
