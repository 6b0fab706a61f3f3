"""The decoders of text from people, and of what the system's programs print about everybody's sockets."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from everleaf.host.base import ListeningPort
from everleaf.host.bsd.ports import fstat, lsof, netstat, sockstat
from everleaf.host.linux import ports as linux_ports
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

PROC_NET = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000000000000000 100 0 0 10 0
"""  # noqa: E501


def parse_proc_net(text: str) -> list[ListeningPort]:
    """As a CPU of either byte order reads it."""
    little, big = (linux_ports.parse("tcp", text, order) for order in ("little", "big"))
    return [ListeningPort(each.protocol, each.port, each.address) for each in (*little, *big)]


LISTINGS = (  # each seed has a port in it
    (
        "netstat",
        netstat.parse,
        [b"tcp46 0 0 *.22 *.* LISTEN\ntcp6 0 0 ::1.8187 *.* LISTEN\n", b"udp6  0  0 fe80::1%lo0.123  *.*\n"],
    ),
    (
        "sockstat",
        sockstat.parse,
        [b"root     sshd       812   3  tcp6   *:22      *:*\n", b"a  b c  345    4 tcp    10.0.0.1.22    *.*\n"],
    ),
    ("lsof", lsof.parse, [b"p1\ncGoogle\\x20Chrome\nf9\ntIPv6\nPTCP\nn[::1]:22\nTST=LISTEN\nf3\ntIPv4\nPUDP\nn*:53\n"]),
    ("proc-net", parse_proc_net, [PROC_NET.encode()]),
    ("fstat", fstat.parse, [b"root     sshd       34512    3* internet6 stream tcp 0x0 [fe80::1%lo0]:22\n"]),
)


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


def parse_listing(parse: Callable[[str], list[ListeningPort]]) -> Callable[[bytes], bool]:
    def run(data: bytes) -> bool:
        ports = parse(data.decode(errors="replace"))  # as a program's output is read
        for port in ports:
            assert 0 < port.port < 65536
            assert ipaddress.ip_address(port.address)
        return bool(ports)

    return run


TARGETS = (
    Target(
        "uri",
        "raises only UriError with problem and fix; the text a peer is known by names the same endpoint",
        parse_uri,
        [uri.encode() for uri in URIS],
    ),
    *(
        Target(name, "raises nothing; what it finds has an address and a port", parse_listing(parse), seeds)
        for name, parse, seeds in LISTINGS
    ),
)
