"""Where admin sockets are."""

from __future__ import annotations

import pytest

from everleaf.endpoint import Endpoint, EndpointError


@pytest.mark.parametrize(
    ("text", "endpoint", "normal"),
    [
        ("unix:///run/a.sock", Endpoint(path="/run/a.sock"), "unix:///run/a.sock"),
        ("UNIX:/run/a.sock", Endpoint(path="/run/a.sock"), "unix:///run/a.sock"),
        ("tcp://[::1]:9001", Endpoint(host="::1", tcp_port=9001), "tcp://[::1]:9001"),
        ("Tcp://localhost:1/", Endpoint(host="localhost", tcp_port=1), "tcp://localhost:1"),
        ("tcp://127.9.9.9:65535", Endpoint(host="127.9.9.9", tcp_port=65535), "tcp://127.9.9.9:65535"),
    ],
)
def test_endpoint_is_read_and_written(text, endpoint, normal):
    assert Endpoint.parse(text, listen=True) == endpoint
    assert endpoint.text == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "none",
        "unix://name",
        "unix://@name",
        "unix:///" + "x" * 103,
        "unix:///a\0b",
        "tcp://:9001",
        "tcp://[::1]",
        "tcp://[[1]:9001",
        "tcp://[localhost]:9001",
        "tcp://::1:9001",
        "tcp://a:0",
        "tcp://a:65536",
        "127.0.0.1:9001",
        "http://localhost:1",
    ],
)
def test_text_that_names_no_socket_is_refused_with_a_remedy(text):
    with pytest.raises(EndpointError) as caught:
        Endpoint.parse(text)
    assert caught.value.fix


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1", "node.example", "[::ffff:192.0.2.1]"])
def test_endpoint_to_listen_on_must_be_loopback(host):
    assert Endpoint.parse(f"tcp://{host}:9001").tcp_port == 9001
    with pytest.raises(EndpointError, match="would let the network control this node"):
        Endpoint.parse(f"tcp://{host}:9001", listen=True)
