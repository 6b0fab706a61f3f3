"""Asking a running node: one request over its admin socket."""

from __future__ import annotations

import errno
import json
import socket
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from everleaf.cli.defaults import configuration_here
from everleaf.config import load
from everleaf.endpoint import Endpoint, EndpointError
from everleaf.errors import ConfigError, NodeError, UnavailableError, UsageError

TIMEOUT = 10.0  # seconds; a node gives up on remote nodes after 6
_CHUNK = 65536


class RequestRefused(NodeError):  # noqa: N818 - what the node did, in its words
    """The node answered with an error."""


def endpoint(options: Namespace) -> Endpoint:
    """Where the options say the node listens. Raises UsageError, ConfigError."""
    if options.endpoint:
        try:
            return Endpoint.parse(options.endpoint)
        except EndpointError as error:
            raise UsageError(f"--endpoint: {error.problem}", fix=error.fix) from None
    admin = (load(options.config) if options.config else configuration_here()).admin
    if admin.listen is None:
        raise ConfigError(options.config, "admin.listen", "this node has no admin socket", fix="set it and restart")
    return admin.listen


def ask(where: Endpoint, name: str, arguments: Mapping[str, str] | None = None) -> Any:
    """The `response` of one request. Raises UnavailableError when nobody answers, RequestRefused on an error."""
    sent = json.dumps({"request": name, "arguments": dict(arguments or {})})
    try:
        received = _exchange(where, sent.encode() + b"\n")
    except OSError as error:
        raise _unavailable(where, error.strerror or str(error), denied=isinstance(error, PermissionError)) from None
    try:
        answer = json.loads(received)
        status = answer["status"]
    except (ValueError, KeyError, TypeError):
        raise _unavailable(where, "what answers is no node") from None
    if status != "success":
        raise RequestRefused(str(answer.get("error", "refused without a reason")))
    return answer.get("response")


def _exchange(where: Endpoint, sent: bytes) -> bytes:
    with _connect(where) as connection:
        connection.sendall(sent)
        parts = []
        while part := connection.recv(_CHUNK):
            parts.append(part)
        return b"".join(parts)


def _connect(where: Endpoint) -> socket.socket:
    if not where.path:
        return socket.create_connection((where.host, where.tcp_port), TIMEOUT)
    if not hasattr(socket, "AF_UNIX"):  # Windows
        raise OSError(errno.EAFNOSUPPORT, "there are no UNIX sockets on this system")
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(TIMEOUT)
    try:
        connection.connect(where.path)
    except OSError:
        connection.close()
        raise
    return connection


def _unavailable(where: Endpoint, reason: str, *, denied: bool = False) -> UnavailableError:
    fix = "is it running? name another with --endpoint or --config"
    if denied:
        fix = "run this as root, or as a user of the node's group"
    return UnavailableError(f"no node answers at {where.text}: {reason}", fix=fix)
