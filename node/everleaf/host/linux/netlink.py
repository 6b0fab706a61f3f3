"""Linux rtnetlink: one request and its acknowledgement, one question and all of its answer, and news.

Layouts: netlink(7), rtnetlink(7), linux/netlink.h, linux/rtnetlink.h. All integers in host order.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType

from everleaf.host.abi import load

NLMSGHDR = struct.Struct("=IHHII")  # length, type, flags, sequence, port
RTATTR = struct.Struct("=HH")  # length, type
ERROR_CODE = struct.Struct("=i")
RECEIVE = 65536  # bytes; the kernel fills at most 32768 into one piece of an answer
DUMPS = 5  # how often we ask again when the table changed while it was told

_TYPE_MASK = 0x3FFF  # the upper two bits of an attribute's type are flags


@dataclass(frozen=True, slots=True)
class Message:
    """One message, without its header."""

    kind: int
    body: bytes

    def attributes(self, fixed: int) -> dict[int, bytes]:
        """What follows the structure of `fixed` bytes."""
        return unpack(self.body[fixed:])


def attribute(kind: int, value: bytes) -> bytes:
    """One routing attribute, padded to four bytes."""
    return RTATTR.pack(RTATTR.size + len(value), kind) + value + bytes(-len(value) % 4)


def unpack(data: bytes) -> dict[int, bytes]:
    """Attributes by type; what is cut short or impossible ends the list."""
    found: dict[int, bytes] = {}
    at = 0
    while at + RTATTR.size <= len(data):
        length, kind = RTATTR.unpack_from(data, at)
        if not RTATTR.size <= length <= len(data) - at:
            break
        found[kind & _TYPE_MASK] = data[at + RTATTR.size : at + length]
        at += -(-length // 4) * 4
    return found


class Netlink:
    """One rtnetlink conversation. Errors of the kernel are OSError with its errno."""

    def __init__(self) -> None:
        self._abi = load("linux")
        self._socket = _open(0)
        self._sequence = 0
        with contextlib.suppress(OSError):  # before 4.20: then the kernel tells all, and who asked chooses
            self._socket.setsockopt(self._abi["SOL_NETLINK"], self._abi["NETLINK_GET_STRICT_CHK"], 1)

    def __enter__(self) -> Netlink:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._socket.close()

    def request(self, kind: int, flags: int, body: bytes) -> None:
        """Ask for a change and wait until it is made."""
        self._send(kind, flags | self._abi["NLM_F_ACK"], body)
        for _ in self._answer():
            pass

    def ask(self, kind: int, body: bytes) -> Message:
        """Ask for one thing."""
        self._send(kind, self._abi["NLM_F_ACK"], body)
        (told,) = [message for message, _ in self._answer()]
        return told

    def dump(self, kind: int, body: bytes) -> list[Message]:
        """Ask for a whole table; again when it changed in between, and at last take it as it is."""
        interrupted = self._abi["NLM_F_DUMP_INTR"]
        found: list[Message] = []
        for _ in range(DUMPS):
            self._send(kind, self._abi["NLM_F_DUMP"], body)
            answer = list(self._answer())
            found = [message for message, _ in answer]
            if not any(flags & interrupted for _, flags in answer):
                break
        return found

    def _send(self, kind: int, flags: int, body: bytes) -> None:
        self._sequence += 1
        length = NLMSGHDR.size + len(body)
        header = NLMSGHDR.pack(length, kind, flags | self._abi["NLM_F_REQUEST"], self._sequence, 0)
        self._socket.send(header + body)

    def _answer(self) -> Iterator[tuple[Message, int]]:
        """The messages of the answer to the last request, with their flags, up to its end."""
        done, failed = self._abi["NLMSG_DONE"], self._abi["NLMSG_ERROR"]
        while True:
            for message, flags, sequence in split(self._socket.recv(RECEIVE)):
                if sequence != self._sequence:
                    continue
                if message.kind == failed:
                    code: int = ERROR_CODE.unpack_from(message.body)[0]
                    if code:
                        raise OSError(-code, os.strerror(-code))
                    return
                if message.kind == done:
                    return
                yield message, flags


class NetlinkWatch:
    """News of the multicast groups in a mask of RTMGRP_ bits, as far as they matter."""

    def __init__(self, groups: int, matters: Callable[[Message], bool]) -> None:
        self._socket = _open(groups)
        self._socket.setblocking(False)
        self._matters = matters

    def fileno(self) -> int:
        """Readable while `read` has something."""
        return self._socket.fileno()

    def read(self) -> bool:
        """Take all that waits; whether any of it matters. ENOBUFS says that some was lost, which always does."""
        news = False
        while True:
            try:
                datagram = self._socket.recv(RECEIVE)
            except BlockingIOError:
                return news
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                news = True
            else:
                news = news or any(self._matters(message) for message, _, _ in split(datagram))

    def close(self) -> None:
        self._socket.close()


def split(data: bytes) -> Iterator[tuple[Message, int, int]]:
    """The messages in one datagram, each with its flags and sequence number."""
    at = 0
    while at + NLMSGHDR.size <= len(data):
        length, kind, flags, sequence, _ = NLMSGHDR.unpack_from(data, at)
        if not NLMSGHDR.size <= length <= len(data) - at:
            return
        yield Message(kind, data[at + NLMSGHDR.size : at + length]), flags, sequence
        at += -(-length // 4) * 4


def _open(groups: int) -> socket.socket:
    if sys.platform != "linux":
        raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
    opened.bind((0, groups))
    return opened
