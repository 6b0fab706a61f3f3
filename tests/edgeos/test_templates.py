"""The templates of the package: what they offer, what they take, and what they refuse."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest

from edgeos.configuration import Refused
from edgeos.conftest import HOST
from edgeos.grammar import ROOT, complaints
from edgeos.router import PACKAGE, TEMPLATES
from edgeos.session import Session
from edgeos.templates import Template, load
from edgeos.test_commit import Notebook
from everleaf.config.option import options
from everleaf.platform import platform
from everleaf.vyatta.instance import HOME
from everleaf.vyatta.tree import TREE, Leaf, Tag, read_config

KEY = "ab" * 32
TUN0 = "interfaces everleaf tun0"
FOR_THE_ROUTER = {"description", "disable", "firewall"}  # what the node's configuration is not made of


@pytest.fixture(scope="module")
def templates() -> Template:
    return load(HOST, TEMPLATES)


@pytest.fixture
def typing(templates) -> Session:
    """A user who never commits."""
    return Session.open(templates, Notebook())


def test_nothing_is_wrong_with_the_templates(templates):
    assert complaints(templates) == []


def shape(template: Template) -> object:
    """A template as the node's reader has it."""
    definition = template.definition
    if definition.tag:
        return Tag({name: shape(child) for name, child in template.children.items()})
    if definition.is_leaf:
        return Leaf.VALUES if definition.multi else Leaf.VALUE
    return {name: shape(child) for name, child in template.children.items()} or Leaf.FLAG


def test_the_node_reads_all_that_is_offered(templates):
    offered = templates.find(*ROOT).children
    assert {name: shape(child) for name, child in offered.items() if name not in FOR_THE_ROUTER} == TREE


def test_paths_are_those_of_the_platform():
    """What stands in templates, scripts and unit, and in the table of platforms."""
    texts = "".join(path.read_text() for path in PACKAGE.rglob("*") if path.is_file())
    for path in (HOME.binary, HOME.runtime, HOME.state, f"Group={HOME.group}", f"User={HOME.user}"):
        assert path in texts
    assert platform("edgeos") == HOME
    assert texts.count("/sbin/everleaf ") == texts.count(f"{HOME.binary} ")


# --- values -----------------------------------------------------------------------------------------------------------

GOOD = {
    "": ["tun0", "tun9", "tun10", "tun999"],
    "admin": [
        *("none", "unix:///run/everleaf/tun0.sock", "unix:///run/everleaf/a-b_c.d"),
        *("tcp://127.0.0.1:9001", "tcp://[::1]:9001"),
    ],
    "allowed-public-keys": [KEY, KEY.upper()],
    "description": ["uplink to the mesh", "a.b_c:d,e@f/g+h-i", "x" * 255],
    "firewall in name": ["LAN_IN", "a", "a-b.c_D", "x" * 28],
    "listen": [
        *("tls://[::]:9001", "tcp://0.0.0.0:9002", "tls://[2001:db8::1]:1", "tls://router.example:65535"),
        "unix:///run/everleaf/peers.sock",
    ],
    "listen tls://[::]:9001 password": ["sesame", "a.b~c!d@e%f^g*h+i=j:k,l/m-n", "x" * 64],
    "listen tls://[::]:9001 priority": ["0", "255"],
    "log-level": ["error", "warning", "info", "debug"],
    "mtu": ["1280", "9000", "65535"],
    "multicast": [".*", "eth0", "^eth1$", "^eth[0-9]", "eth.+", "wlan-1_a"],
    "multicast .* beacon": ["true", "false"],
    "multicast .* port": ["0", "65535"],
    "node-info name": ["alpha", "a.b-c_1"],
    "overlay group-password": ["x" * 128],
    "peer": [
        *("tls://a.example:9001", "tls://a:1", "tcp://192.0.2.1:9002", "tls://[2001:db8::1]:9001"),
        *("tls://xn--bcher-kva.example:443", "unix:///run/other/node.sock", "unix:///run/x"),
    ],
    "peer tls://a:1 interface": ["eth0", "eth0.100", "br-lan", "pppoe0"],
    "peer tls://a:1 max-backoff": ["5", "86400"],
    "peer tls://a:1 server-name": ["a.example", "localhost"],
    "private-key-file": ["/config/auth/everleaf/mine", "/config/auth/node.key", "/config/auth/a/b/c/d"],
}
BAD = {
    "": ["tun", "eth0", "tun1000", "tun01", "tun0.1", "TUN0", "wg0", "tun-1"],
    "admin": [
        "",
        "off",
        "unix:///tmp/x",
        "unix:///run/everleaf/../x",
        "tcp://0.0.0.0:1",
        "tcp://[::]:1",
        "tcp://127.0.0.1",
    ],
    "allowed-public-keys": ["", KEY[1:], KEY + "a", "g" + KEY[1:]],
    "description": ["", "x" * 256, "ümlaut"],
    "firewall in name": ["", "-x", "x" * 29, "a b"],
    "listen": ["", "tls://", "tls://[::]", "quic://[::]:1", "tls://[::]:9001?password=x", "unix:///etc/x", "wss://a:1"],
    "listen tls://[::]:9001 password": ["", "x" * 65, "a b"],
    "listen tls://[::]:9001 priority": ["256", "-1", "x"],
    "log-level": ["", "INFO", "trace"],
    "mtu": ["1279", "65536", "0", "", "auto", "1e4", "٣٠٠٠"],
    "multicast": ["", "x" * 65, "a|b", "(a)", "a$b", "a?"],
    "multicast .* beacon": ["yes", "1", ""],
    "multicast .* port": ["65536"],
    "node-info name": ["", "a b"],
    "overlay group-password": ["", "x" * 129],
    "peer": [
        "",
        "a.example:9001",
        "tls://a.example",
        "tls://a..b:1",
        "tls://a:123456",
        "tls://a:1/x",
        "unix:///run/../etc/x",
    ],
    "peer tls://a:1 interface": ["", "x" * 16, "../eth0", ".", "-i"],
    "peer tls://a:1 max-backoff": ["4", "86401"],
    "peer tls://a:1 server-name": ["", "a..b", "-" * 64, "a/b"],
    "private-key-file": [
        "/etc/shadow",
        "/config/auth/",
        "/config/auth/../config.boot",
        "/config/auth/.hidden",
        "key",
        "/config/auth//x",
    ],
}


def cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(node, value) for node, values in table.items() for value in values]


@pytest.mark.parametrize(("node", "value"), cases(GOOD))
def test_a_good_value_is_taken(node, value, typing):
    typing.set(*(TUN0 if node else "interfaces everleaf").split(), *node.split(), value)


@pytest.mark.parametrize(("node", "value"), cases(BAD))
def test_a_bad_value_is_refused_when_it_is_typed(node, value, typing):
    with pytest.raises(Refused):
        typing.set(*(TUN0 if node else "interfaces everleaf").split(), *node.split(), value)


def test_every_node_with_a_value_has_good_and_bad_ones_here(templates):
    """Some stand for others that have the same definition, word for word but for their help."""

    def checks(path: str) -> object:
        names = [word for word in path.split() if "tun" not in word and "://" not in word and word != ".*"]
        definition = templates.find(*ROOT, *names).definition
        return definition.types, definition.syntax

    covered = [checks(node) for node in GOOD]
    assert covered == [checks(node) for node in BAD]
    for path, template in templates.find(*ROOT).walk():
        if template.definition.types:
            assert checks(" ".join(path)) in covered, path


# --- injection --------------------------------------------------------------------------------------------------------

ATTACKS = [
    *("$(reboot)", "${IFS}", "$HOME", "`reboot`", ";reboot", "|reboot", "&reboot", ">/config/x", "<x"),
    *("'", '"', "\\", "\n;reboot", "$VAR(@)", "#", "{a,b}", "\t", "\r", "\x7f", "é"),
]


def texts(templates: Template) -> Iterator[tuple[str, ...]]:
    """The path of every node whose value is a text, with a value for each tag above it."""
    tags = {"listen": "tls://[::]:9001", "multicast": ".*", "peer": "tls://a:1"}
    yield ROOT
    for path, template in templates.find(*ROOT).walk():
        if template.definition.types == ("txt",):
            above = (path[0], tags[path[0]]) if path[0] in tags and len(path) > 1 else path[:1]
            yield (*TUN0.split(), *above, *path[1:])


def takes(templates: Template, path: tuple[str, ...], value: str) -> bool:
    try:
        Session.open(templates, Notebook()).set(*path, value)
    except Refused:
        return False
    return True


def attacks_taken(templates: Template) -> list[str]:
    """Every text that takes a value with something in it that a shell would act on, wherever in the value it stands."""
    found = []
    for path in texts(templates):
        good = next(value for _, value in cases(GOOD) if takes(templates, path, value))
        for attack in ATTACKS:
            values = (attack, good + attack, attack + good, good[:3] + attack + good[3:])
            found += [f"{' '.join(path)} {value!r}" for value in values if takes(templates, path, value)]
    return found


def test_what_a_shell_would_act_on_is_refused_in_every_text(templates):
    assert len(list(texts(templates))) > 20
    assert attacks_taken(templates) == []


# --- completeness -----------------------------------------------------------------------------------------------------

EVERYTHING = f"""
set {TUN0} admin none
set {TUN0} allowed-public-keys {KEY}
set {TUN0} description mesh
set {TUN0} disable
set {TUN0} listen tls://[::]:9001 password sesame
set {TUN0} listen tls://[::]:9001 priority 1
set {TUN0} log-level debug
set {TUN0} mtu 1400
set {TUN0} multicast ^eth1$ beacon false
set {TUN0} multicast ^eth1$ listen false
set {TUN0} multicast ^eth1$ password sesame
set {TUN0} multicast ^eth1$ port 9001
set {TUN0} multicast ^eth1$ priority 1
set {TUN0} node-info name alpha
set {TUN0} node-info privacy
set {TUN0} overlay allowed-public-keys {KEY}
set {TUN0} overlay group-password sesame-for-everybody
set {TUN0} peer tls://a.example:9001 max-backoff 30
set {TUN0} peer tls://a.example:9001 password sesame
set {TUN0} peer tls://a.example:9001 priority 1
set {TUN0} peer tls://a.example:9001 public-key {KEY}
set {TUN0} peer tls://a.example:9001 server-name b.example
set {TUN0} peer tls://b.example:9001 interface eth0
set {TUN0} peer tls://c.example:9001 disable
set {TUN0} private-key-file /config/auth/mine
set {TUN0} firewall in ipv6-modify A
set {TUN0} firewall in ipv6-name A
set {TUN0} firewall in modify A
set {TUN0} firewall in name A
set {TUN0} firewall local ipv6-name A
set {TUN0} firewall local name A
set {TUN0} firewall out ipv6-modify A
set {TUN0} firewall out ipv6-name A
set {TUN0} firewall out modify A
set {TUN0} firewall out name A
"""
# Options of the node that the tree leaves alone: the router's interfaces are TUNs, and the journal has its own format.
LEFT_OUT = {"interface.kind", "log.format"}


@dataclasses.dataclass
class Proposal:
    """The reader of a session that is here, not behind cli-shell-api."""

    session: Session

    def nodes(self, *path):
        node = self.session.working.find(path)
        return sorted(node.children) if node else []

    def value(self, *path):
        return self.session.working.find(path).values[0]

    def values(self, *path):
        return self.session.working.find(path).values


def untouched(table: object, name: str = "") -> Iterator[str]:
    """The options in `table` that still have their default; of several tables in a list, the first is looked at."""
    for item in options(type(table)):
        value, path = getattr(table, item.name), f"{name}.{item.name}".removeprefix(".")
        if "section" in item.metadata:
            yield from untouched(value, path)
        elif "sections" in item.metadata and value:
            yield from untouched(value[0], path)
        elif value in (item.default, ()):
            yield path


def test_everything_can_be_set_and_every_option_of_the_node_is_reached(typing, templates):
    typing.type(EVERYTHING)
    lines = EVERYTHING.split("\n")[1:-1]
    assert sorted(typing.working.commands()) == sorted(line for line in lines if not line.endswith("c.example:9001"))
    offered = [path for path, template in templates.find(*ROOT).walk() if template.definition.is_leaf]
    for path in offered:
        assert any(re.search(rf" {' .*'.join(path)} ", line) for line in lines), path
    made = read_config(Proposal(typing), "tun0", key_file="/k", admin="none")
    assert set(untouched(made)) == LEFT_OUT
