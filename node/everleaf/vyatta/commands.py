"""From the node's configuration to what is typed on the router: `tree` the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from everleaf.config import Config
from everleaf.errors import ConfigError
from everleaf.uri import LinkURI
from everleaf.vyatta.tree import ROOT, read_config

# The nodes that say what a fleet says. The others, `firewall` and `description` among them, stay the router's own.
OURS = ("allowed-public-keys", "listen", "log-level", "mtu", "node-info name", "peer")
_UNQUOTED = re.compile(r"[A-Za-z0-9_.-]+")


def commands(config: Config, name: str) -> tuple[str, ...]:
    """What is typed in configuration mode so that `interfaces everleaf NAME` says the same, whatever it said before.

    Deleting what is not there does no harm, and what is set again is no change. Raises ConfigError where that tree
    cannot say it.
    """
    tree = _tree(config)
    _judge(config, tree, name)
    place = " ".join((*ROOT, name))
    return (*(f"delete {place} {node}" for node in OURS), *(f"set {place} {words}" for words in _lines(tree)))


def _tree(config: Config) -> dict[str, Any]:
    """Values as texts; a dict's names are nodes."""
    peering, mtu = config.peering, config.interface.mtu
    tree = {
        "allowed-public-keys": [key.hex() for key in peering.allowed_keys],
        "listen": {uri.text: _options(uri) for uri in peering.listen},
        "log-level": config.log.level,
        "mtu": "" if mtu == "auto" else str(mtu),
        "node-info": {key: str(value) for key, value in config.nodeinfo.data.items() if key == "name"},
        "peer": {uri.text: _options(uri) for uri in peering.peers},
    }
    return {node: said for node, said in tree.items() if said}


def _options(uri: LinkURI) -> dict[str, Any]:
    options = {
        "max-backoff": f"{uri.max_backoff:.0f}" if uri.max_backoff else "",
        "password": uri.password.decode(errors="replace"),
        "priority": str(uri.priority) if uri.priority else "",
        "public-key": [key.hex() for key in uri.keys],
        "server-name": uri.sni,
    }
    return {node: said for node, said in options.items() if said}


def _judge(config: Config, tree: Mapping[str, Any], name: str) -> None:
    """Read it as the router would."""
    admin = config.admin.listen.text if config.admin.listen else "none"
    back = _plain(read_config(_Proposal(tree), name, key_file=config.identity.key_file, admin=admin))
    wrong = [item.name for item in fields(Config) if getattr(back, item.name) != getattr(_plain(config), item.name)]
    if wrong:
        fix = "leave it out, or set it on the router by hand"
        raise ConfigError(" ".join((*ROOT, name)), wrong[0], "has something that the router's tree cannot say", fix=fix)


def _plain(config: Config) -> Config:
    """Without the order in which somebody wrote the parameters of a URI."""
    listen, peers = (
        [replace(uri, original="") for uri in uris] for uris in (config.peering.listen, config.peering.peers)
    )
    return replace(config, peering=replace(config.peering, listen=tuple(listen), peers=tuple(peers)))


def _lines(tree: Mapping[str, Any]) -> Iterator[str]:
    for node, said in tree.items():
        match said:
            case str():
                yield f"{node} {_word(said)}"
            case list():
                yield from (f"{node} {_word(value)}" for value in said)
            case _ if not said:
                yield _word(node)
            case _:
                yield from (f"{_word(node)} {words}" for words in _lines(said))


def _word(text: str) -> str:
    return text if _UNQUOTED.fullmatch(text) else f"'{text}'"


@dataclass(frozen=True, slots=True)
class _Proposal:
    """The `Reader` of a tree that nobody has typed yet."""

    tree: Mapping[str, Any]

    def nodes(self, *path: str) -> Sequence[str]:
        return list(self._at(path))

    def value(self, *path: str) -> str:
        return str(self._at(path))

    def values(self, *path: str) -> Sequence[str]:
        return list(self._at(path))

    def _at(self, path: Sequence[str]) -> Any:
        found: Any = self.tree
        for word in path[len(ROOT) + 1 :]:
            found = found[word]
        return found
