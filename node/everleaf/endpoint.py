"""Where an admin socket is: `unix:///path` or `tcp://host:port`."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

MAX_UNIX_PATH = 103  # bytes; the BSDs' sockaddr_un, the shortest there is

_TCP = re.compile(r"(?:\[(?P<ipv6>[^\]]+)\]|(?P<host>[^:\[\]/]+)):(?P<port>[0-9]{1,5})/?", re.ASCII)


class EndpointError(ValueError):
    """A text that names no usable endpoint: what is wrong with it, and what to write instead."""

    def __init__(self, problem: str, fix: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One admin socket. Exactly one of `path` and `host` is set."""

    path: str = ""  # absolute, of a UNIX stream socket
    host: str = ""
    tcp_port: int = 0

    @property
    def text(self) -> str:
        """The form `parse` reads."""
        if self.path:
            return f"unix://{self.path}"
        return f"tcp://[{self.host}]:{self.tcp_port}" if ":" in self.host else f"tcp://{self.host}:{self.tcp_port}"

    @classmethod
    def parse(cls, text: str, *, listen: bool = False) -> Endpoint:
        """Read an endpoint. To `listen` on, TCP must be loopback: the socket asks nobody for a password.

        Raises EndpointError.
        """
        scheme, colon, rest = text.partition(":")
        match scheme.lower() if colon else "":
            case "unix":
                return cls(path=_unix_path(text, rest))
            case "tcp":
                return _tcp(text, rest, listen)
        known = "unix:///path, tcp://[::1]:port or none" if listen else "unix:///path or tcp://host:port"
        raise EndpointError(f'"{text}" names no admin socket', f"write {known}")


def _unix_path(text: str, rest: str) -> str:
    path = rest.removeprefix("//")
    if not path.startswith("/") or "\0" in path:
        raise EndpointError(f'"{text}" has no absolute path', "write unix:///path, with three slashes")
    if len(path.encode(errors="replace")) > MAX_UNIX_PATH:
        raise EndpointError(f'"{text}" is longer than a UNIX socket may be', f"stay within {MAX_UNIX_PATH} bytes")
    return path


def _tcp(text: str, rest: str, listen: bool) -> Endpoint:
    found = _TCP.fullmatch(rest.removeprefix("//"))
    port = int(found["port"]) if found else 0
    if not found or not 0 < port < 65536:
        raise EndpointError(f'"{text}" has no host and TCP port', "write tcp://[::1]:9091")
    host = found["ipv6"] or found["host"]
    if found["ipv6"] and not _is_ipv6(host):
        raise EndpointError(f'"{text}" has no IPv6 address in its brackets', "write tcp://[::1]:9091")
    if listen and not _is_loopback(host):
        raise EndpointError(
            f'"{text}" would let the network control this node',
            "listen on tcp://[::1]:port or a unix:// path, and reach it from elsewhere over ssh",
        )
    return Endpoint(host=host, tcp_port=port)


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
