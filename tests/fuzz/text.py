"""The decoders of text from people, files and the admin socket."""

from __future__ import annotations

from everleaf.uri import LinkURI, UriError
from fuzz.target import Target

URIS = [
    "tcp://a.example:9001",
    "tls://[fe80::1%25eth0]:9001?priority=7&maxbackoff=1h30m&sni=b.example",
    "tls://[::]:0?password=p%C3%A4ss+word&priority=255#fragment",
    "unix:///run/a%20b.sock?key=31d76e868128176d4e351dabc586b35bba5e30b4b6b00100750e750c150057ae",
    "socks://user:pass@192.0.2.1:1080/c.example:9001",
    "wss://d.example:443/path?key=&x=y",
]


def parse_uri(data: bytes) -> bool:
    text = data.decode(errors="surrogateescape")
    accepted = False
    for listen in (False, True):
        try:
            uri = LinkURI.parse(text, listen=listen)
        except UriError as error:
            if not (error.problem and error.fix):
                raise AssertionError("an error must say what is wrong and what to do") from error
            continue
        again = LinkURI.parse(uri.text, listen=listen)
        assert _endpoint(again) == _endpoint(uri), f"{_endpoint(uri)} became {_endpoint(again)}"
        accepted = True
    return accepted


def _endpoint(uri: LinkURI) -> tuple[object, ...]:
    return uri.scheme, uri.host, uri.tcp_port, uri.zone, uri.path, uri.text


TARGETS = (
    Target(
        "uri",
        "raises only UriError with problem and fix; the text a peer is known by names the same endpoint",
        parse_uri,
        [uri.encode() for uri in URIS],
    ),
)
