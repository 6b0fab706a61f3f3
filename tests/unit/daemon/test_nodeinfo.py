"""What strangers are told about the node."""

import json

import pytest

from everleaf.daemon.nodeinfo import NODE_INFO_MAX, node_info
from everleaf.errors import ConfigError


def test_node_info_adds_the_build_unless_privacy_is_wanted():
    told = json.loads(node_info("node.toml", {"name": "alpha"}, privacy=False))
    assert told["name"] == "alpha"
    assert told["buildname"] == "everleaf"
    assert {"buildversion", "buildplatform", "buildarch"} < told.keys()
    assert node_info("node.toml", {"name": "alpha"}, privacy=True) == b'{"name":"alpha"}'


def test_node_info_is_compact_sorted_and_escaped_as_the_network_expects():
    assert node_info("f", {"b": "<&>", "a": [1, 2]}, privacy=True) == b'{"a":[1,2],"b":"\\u003c\\u0026\\u003e"}'


def test_node_info_refuses_more_than_the_network_carries():
    filler = NODE_INFO_MAX - len('{"x":""}')
    assert len(node_info("f", {"x": "y" * filler}, privacy=True)) == NODE_INFO_MAX
    with pytest.raises(ConfigError, match="16385 bytes as JSON"):
        node_info("f", {"x": "y" * (filler + 1)}, privacy=True)
