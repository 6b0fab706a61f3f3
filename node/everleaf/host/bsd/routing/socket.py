"""A conversation on a routing socket: ask for a change, learn what came of it."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from types import TracebackType

from everleaf.host.abi import Abi
from everleaf.host.bsd.kernel import Kernel
from everleaf.host.bsd.routing.message import RouteMessage, decode, encode, encode_get
from everleaf.host.route import Answer, Outcome, Route

ANSWER_WAIT = 1.0  # seconds; the kernel queues its answer before, or soon after, the write returns
ANSWER_READS = 256  # messages of others may come in between, but not for ever
READ_SIZE = 65536  # bytes; a read gives one message, or on some systems several


class RoutingSocket:
    """Errors of the kernel come back as an `Answer`; only opening the socket raises OSError."""

    def __init__(self, kernel: Kernel, abi: Abi) -> None:
        self._kernel = kernel
        self._abi = abi
        self._fd = kernel.socket(abi["AF_ROUTE"], socket.SOCK_RAW, abi["AF_UNSPEC"])
        self._sequence = 0

    def __enter__(self) -> RoutingSocket:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._kernel.close(self._fd)

    def add(self, route: Route) -> Answer:
        """EXISTS when the prefix has a route already, into whatever interface."""
        return self._change(self._abi["RTM_ADD"], route)

    def change(self, route: Route) -> Answer:
        """Turn the prefix's route to this interface."""
        return self._change(self._abi["RTM_CHANGE"], route)

    def delete(self, route: Route) -> Answer:
        """MISSING when there is none."""
        return self._change(self._abi["RTM_DELETE"], route)

    def get(self, destination: bytes) -> RouteMessage | None:
        """The route that a packet to `destination` takes; None without one."""
        self._sequence += 1
        try:
            message = encode_get(self._abi, destination, self._sequence, self._kernel.process_id())
            self._kernel.send(self._fd, message)
            answer = self._answer()
        except OSError:
            return None
        return answer if answer and not answer.error else None

    def _change(self, kind: int, route: Route) -> Answer:
        if kind != self._abi["RTM_ADD"] and self._abi.system == "freebsd":
            route = replace(route, flags=self._abi["RTF_PINNED"])  # or it leaves an interface's own route alone
        self._sequence += 1
        try:
            message = encode(self._abi, kind, route, self._sequence, self._kernel.process_id())
            self._kernel.send(self._fd, message)
            answer = self._answer()
        except OSError as error:
            return self._judge(error.errno or 0, error.strerror or str(error))
        code = answer.error if answer else 0  # the write told no error; a lost copy changes nothing
        return self._judge(code, os.strerror(code)) if code else Answer(Outcome.DONE)

    def _answer(self) -> RouteMessage | None:
        """The kernel's copy of our last message; None when it did not come."""
        pid = self._kernel.process_id()
        for _ in range(ANSWER_READS):
            if not self._kernel.wait(self._fd, ANSWER_WAIT):
                return None
            for message in decode(self._abi, self._kernel.receive(self._fd, READ_SIZE)):
                if isinstance(message, RouteMessage) and (message.pid, message.sequence) == (pid, self._sequence):
                    return message
        return None

    def _judge(self, code: int, text: str) -> Answer:
        outcome = {self._abi["EEXIST"]: Outcome.EXISTS, self._abi["ESRCH"]: Outcome.MISSING}.get(code, Outcome.REFUSED)
        return Answer(outcome, text)
