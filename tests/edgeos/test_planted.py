"""Mistakes planted in the templates: each is noticed by what the other tests here ask."""

from __future__ import annotations

import shutil

import pytest

from edgeos.conftest import HOST
from edgeos.expression import NodeDefError
from edgeos.grammar import ROOT, complaints
from edgeos.router import TEMPLATES
from edgeos.session import Session
from edgeos.templates import Template, load
from edgeos.test_commit import Notebook
from edgeos.test_templates import attacks_taken, shape
from everleaf.vyatta.tree import TREE

TUN0 = "interfaces everleaf tun0"
TAG = "node.def"
FIREWALL = "node.tag/firewall/in/name/node.def"


WORDS = ("interfaces tunnel", "vyatta stop", "vyatta apply", "firewall update", "firewall delete", "ruleset", "routes")
# The texts of begin and end are run in every commit that touches the interface, and ask what it does.
TOLD = [
    *("ruleset", "interfaces tunnel", "vyatta stop", "firewall update", "vyatta apply", "routes"),
    *("vyatta stop", "firewall update", "vyatta apply"),
    *("vyatta stop", "firewall delete", "vyatta apply"),
]


def story(templates: Template) -> list[str]:
    """An interface with a firewall, and a route over it, are made, changed and removed: what is run, in words."""
    session = Session.open(templates, Notebook())
    session.type(f"set {TUN0} firewall in name LAN\nset firewall name LAN")
    session.type("set protocols static interface-route6 300::/8")
    session.commit()
    session.type(f"set {TUN0} firewall in name WAN")
    session.commit()
    session.type(f"delete {TUN0}")
    session.commit()
    return [word for text in session.machine.ran for word in WORDS if word in text]


def offered(templates: Template) -> bool:
    shapes = {name: shape(child) for name, child in templates.find(*ROOT).children.items()}
    return {name: shapes.get(name) for name in TREE} == TREE


def test_without_a_mistake_nothing_is_noticed():
    templates = load(HOST, TEMPLATES)
    assert (complaints(templates), attacks_taken(templates)) == ([], [])
    assert story(templates) == TOLD
    assert offered(templates)


def refused(templates: Template) -> bool:
    return bool(complaints(templates))


def attacked(templates: Template) -> bool:
    return bool(attacks_taken(templates))


def told_otherwise(templates: Template) -> bool:
    return story(templates) != TOLD


def not_offered(templates: Template) -> bool:
    return not offered(templates)


UNREADABLE = None  # the reader of node.def refuses the file


@pytest.mark.parametrize(
    ("file", "before", "after", "notices"),
    [
        (TAG, "priority: 470\n", "", told_otherwise),
        (TAG, "priority: 470\n", "", refused),
        (TAG, "priority: 470", "priority: 998", told_otherwise),
        (TAG, "priority: 470", "priority: 100", told_otherwise),
        (TAG, "priority:", "prioritty:", UNREADABLE),
        (TAG, "priority: 470\ntype", "type: txt\n priority: 470\nhelp: x\n#", UNREADABLE),
        (TAG, "tag:\n", "", UNREADABLE),
        (TAG, "begin:", "delete:", told_otherwise),  # the firewall is gone before the node
        (TAG, "end:\n", "create:\n", told_otherwise),  # the node is there before the firewall
        (TAG, "commit:expression:", "syntax:expression:", told_otherwise),  # asked while typing, and not when committed
        (TAG, 'vyatta apply "$VAR(@)"', "vyatta apply $VAR(@)", refused),
        (TAG, '"$VAR(./disable)"', '"$VAR(./description/@)"', refused),
        (TAG, '0,2})$"', '0,2})"', refused),
        (TAG, '"^tun(0|', '"^tun(0|.*|', attacked),
        (TAG, ' \\\n\t"$VAR(@) is a tunnel', ' \\ \n\t"$VAR(@) is a tunnel', UNREADABLE),
        (FIREWALL, "update:", "create:", told_otherwise),  # a ruleset is put on, and another one later is not
        (FIREWALL, '"$VAR(@)" name\ndelete', "$VAR(@) name\ndelete", refused),
        (FIREWALL, '"$VAR(../../../@)"', '"$VAR(../../@)"', refused),
        (FIREWALL, "[A-Za-z0-9_][A-Za-z0-9._-]", "[A-Za-z0-9_].", attacked),
        ("node.tag/mtu/node.def", " && $VAR(@) <= 65535", "", refused),
        ("node.tag/mtu/node.def", "type: u32", "multi:\ntype: u32", not_offered),
        ("node.tag/log-level/node.def", 'default: "info"', "default: 1", UNREADABLE),
        ("node.tag/log-level/node.def", '; "the log level is error, warning, info or debug"', "", refused),
        ("node.tag/allowed-public-keys/node.def", "multi:\n", "", not_offered),
        ("node.tag/overlay/group-password/node.def", "[A-Za-z0-9._~!@%^*+=:,/-]", ".", attacked),
        ("node.tag/peer/node.def", '"^((tls', '"((tls', refused),
        ("node.tag/private-key-file/node.def", "^/config/auth(", "^/config/auth|(", refused),
    ],
)
def test_a_mistake_is_noticed(file, before, after, notices, tmp_path):
    planted = tmp_path / "templates"
    shutil.copytree(TEMPLATES, planted)
    path = planted.joinpath(*ROOT, file)
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    if notices is UNREADABLE:
        with pytest.raises(NodeDefError):
            load(HOST, planted)
    else:
        assert notices(load(HOST, planted))
