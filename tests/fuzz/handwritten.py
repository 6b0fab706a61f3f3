"""The decoders of what the operator's side writes: configurations, key files, admin requests."""

from __future__ import annotations

import json

from everleaf import config, identity
from everleaf.admin.stream import MalformedRequest, RequestReader
from everleaf.config import hjson
from everleaf.config.convert import convert
from everleaf.config.text import render
from everleaf.endpoint import Endpoint, EndpointError
from everleaf.errors import ConfigError
from everleaf.gojson import encode
from fuzz.target import Target

CONFIGS = [
    b"",
    b'[identity]\nkey_file = "/k"\n[interface]\nkind = "none"\nmtu = 1400\n[log]\nlevel = "debug"\nformat = "json"\n',
    b'[peering]\nlisten = ["tls://[::]:9001?password=x"]\npeers = ["tcp://a:1"]\n[[peering.via]]\ninterface = "eth0"\n',
    b'[[multicast]]\ninterfaces = "e.*"\nport = 7\npriority = 1\n[overlay]\ngroup_password = "\\u00e9\\\\x41"\n',
    b'[admin]\nlisten = "tcp://[::1]:9001"\n[nodeinfo]\nprivacy = true\nname = "a"\n"x y" = { b = [1, 2.5, {}] }\n',
]

YGGDRASIL = [
    b"",
    b'{ # c\n // d\n /* e */ IfMTU: 1400 # f\n Peers: [\n  tcp://1.2.3.4:5\n  "tls://x:1", tls://y:2\n ]\n}',
    b"{IfName: 'abc', NodeInfo: {a: '''multi\n line''', b: 1e3, c: [true, null]}}",
    b'{MulticastInterfaces: [{Regex: "e.*", Port: 9002, Password: "p"},{Regex:"x", Listen: true}]}',
    b'{"PrivateKey": "' + b"1f" * 64 + b'", "AdminListen": "127.0.0.1:9001", "InterfacePeers": {"e": ["unix:///x"]}}',
    '\ufeff{"IfName": "none"}'.encode("utf-16-le"),
]

KEY = b"""text before
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIHQ/iXQrh1iW6IYyK89ETZYkCb4Ro5KlfuXYZ6XIYqCO
-----END PRIVATE KEY-----
"""

REQUESTS = [
    b'{"request":"getSelf"}',
    b'{"request":"addPeer","arguments":{"uri":"tcp://a:1"},"keepalive":true} {"request": "list"}',
    b'{"Request":"\\u0067\\"etpeers","arguments":{"sort":["a{",{"b":1e3}]}}\n',
]


def read_config(data: bytes) -> bool:
    try:
        first = config.loads(data)
    except ConfigError:
        return False
    text = render(first)
    assert config.loads(text.encode()) == first, text
    return True


def read_yggdrasil(data: bytes) -> bool:
    try:
        imported = convert(data, "yggdrasil.conf")
    except ConfigError as error:
        if "1f1f1f" in str(error):
            raise AssertionError("an error shows the private key") from error
        return False
    text = render(imported.config)
    assert config.loads(text.encode()) == imported.config, text
    return True


def read_hjson(data: bytes) -> bool:
    try:
        first = hjson.loads(data.decode(errors="replace"))
    except hjson.HjsonError:
        return False
    try:
        text = json.dumps(first, allow_nan=False)
    except ValueError:  # a number without bounds, which JSON cannot say; the conversion leaves it out
        return True
    assert hjson.loads(text) == first, text
    return True


def read_key(data: bytes) -> bool:
    try:
        seed = identity.parse(data)
    except ConfigError:
        return False
    assert len(seed) == identity.SEED_SIZE
    return True


def read_requests(data: bytes) -> bool:
    at = sum(data[:8]) % (len(data) + 1)  # anywhere, but the same for the same input
    whole, cut = _requests([data]), _requests([data[:at], data[at:]])
    assert whole == cut, f"{whole} in one piece, {cut} cut at {at}"
    return bool(whole)


def _requests(pieces: list[bytes]) -> list[str]:
    """The requests in a stream, as answers would repeat them, up to the first malformed one."""
    reader, found = RequestReader(), []
    try:
        for piece in pieces:
            reader.feed(piece)
            while request := reader.next_request():
                found.append(encode(request.echo()))
        reader.finish()
    except MalformedRequest:
        pass
    return found


def read_endpoint(data: bytes) -> bool:
    text = data.decode(errors="surrogateescape")
    try:
        first = Endpoint.parse(text)
    except EndpointError:
        return False
    assert Endpoint.parse(first.text) == first
    return True


TARGETS = (
    Target("config", "raises only ConfigError; what loads is written so that it loads again", read_config, CONFIGS),
    Target("yggdrasil", "raises only ConfigError; what converts makes a file that loads", read_yggdrasil, YGGDRASIL),
    Target("hjson", "raises only HjsonError; what JSON can say of it is read as the same", read_hjson, YGGDRASIL[:-1]),
    Target(
        "key",
        "raises only ConfigError; a key has 32 bytes",
        read_key,
        [KEY],
    ),
    Target("admin", "raises only MalformedRequest; how the bytes are cut makes no difference", read_requests, REQUESTS),
    Target(
        "endpoint",
        "raises only EndpointError; its text names the same endpoint",
        read_endpoint,
        [b"unix:///run/a.sock", b"UNIX:/a", b"tcp://[::1]:9001", b"tcp://localhost:1/"],
    ),
)
