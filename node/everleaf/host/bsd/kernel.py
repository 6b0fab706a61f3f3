"""The system calls that the backends for macOS and the BSDs make, so that a model of a kernel can stand in for one."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import sys
from collections.abc import Sequence
from typing import Protocol

from everleaf.host import program
from everleaf.host.program import Completed

SYSCTL_TRIES = 8  # a value that grows between two questions is asked for again; some kernels say so without end


class Kernel(Protocol):
    """Descriptors and bytes. Every method raises OSError with the kernel's errno."""

    def open(self, path: str) -> int:
        """Open for reading and writing, blocking, closed in children."""
        ...

    def close(self, fd: int) -> None: ...

    def ioctl(self, fd: int, request: int, argument: bytes = b"") -> bytes:
        """The argument as the kernel left it."""
        ...

    def set_nonblocking(self, fd: int) -> None:
        """By FIONBIO, the only way that NetBSD's tun hears of."""
        ...

    def socket(self, family: int, kind: int, protocol: int = 0) -> int: ...
    def connect_control(self, fd: int, control: int, unit: int) -> None:
        """macOS: connect a system socket to the kernel control of this number; unit 0 takes the next free one."""
        ...

    def getsockopt(self, fd: int, level: int, option: int, size: int) -> bytes: ...
    def setsockopt(self, fd: int, level: int, option: int, value: bytes) -> None: ...
    def send(self, fd: int, message: bytes) -> None: ...
    def receive(self, fd: int, size: int) -> bytes:
        """BlockingIOError when the descriptor is non-blocking and nothing waits."""
        ...

    def wait(self, fd: int, seconds: float) -> bool:
        """Whether the descriptor has something to read before the time is over."""
        ...

    def sysctl(self, path: Sequence[int]) -> bytes:
        """The whole value of a sysctl by its numbers."""
        ...

    def interface_index(self, name: str) -> int:
        """ENXIO when there is none of this name."""
        ...

    def process_id(self) -> int: ...

    def run(self, command: Sequence[str]) -> Completed:
        """Run a command, in the C locale, without a shell; status 127 when there is no such program."""
        ...


class RealKernel:
    """The kernel we run on."""

    def open(self, path: str) -> int:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def close(self, fd: int) -> None:
        os.close(fd)

    def ioctl(self, fd: int, request: int, argument: bytes = b"") -> bytes:
        return fcntl.ioctl(fd, request, argument)

    def set_nonblocking(self, fd: int) -> None:
        os.set_blocking(fd, False)  # FIONBIO where the system has it

    def socket(self, family: int, kind: int, protocol: int = 0) -> int:
        return socket.socket(family, kind, protocol).detach()

    def connect_control(self, fd: int, control: int, unit: int) -> None:
        if sys.platform != "darwin":
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
        with _borrowed(fd, socket.PF_SYSTEM, socket.SYSPROTO_CONTROL) as control_socket:
            control_socket.connect((control, unit))

    def getsockopt(self, fd: int, level: int, option: int, size: int) -> bytes:
        with _borrowed(fd) as any_socket:
            return any_socket.getsockopt(level, option, size)

    def setsockopt(self, fd: int, level: int, option: int, value: bytes) -> None:
        with _borrowed(fd) as any_socket:
            any_socket.setsockopt(level, option, value)

    def send(self, fd: int, message: bytes) -> None:
        os.write(fd, message)

    def receive(self, fd: int, size: int) -> bytes:
        return os.read(fd, size)

    def wait(self, fd: int, seconds: float) -> bool:
        waiting = select.poll()
        waiting.register(fd, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))

    def sysctl(self, path: Sequence[int]) -> bytes:
        import ctypes  # noqa: PLC0415 - only the BSDs and macOS need it, and it costs every start

        libc = ctypes.CDLL(None, use_errno=True)
        numbers, size = (ctypes.c_int * len(path))(*path), ctypes.c_size_t()
        for _ in range(SYSCTL_TRIES):
            if libc.sysctl(numbers, len(path), None, ctypes.byref(size), None, 0):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            size.value += size.value // 4 + 1024  # it may grow before we ask again
            buffer = ctypes.create_string_buffer(size.value)
            if not libc.sysctl(numbers, len(path), buffer, ctypes.byref(size), None, 0):
                return buffer.raw[: size.value]
            if ctypes.get_errno() != errno.ENOMEM:
                break
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def interface_index(self, name: str) -> int:
        return socket.if_nametoindex(name)

    def process_id(self) -> int:
        return os.getpid()

    def run(self, command: Sequence[str]) -> Completed:
        return program.run(command)


def _borrowed(fd: int, family: int = socket.AF_UNIX, protocol: int = 0) -> socket.socket:
    """A socket object on a copy of a descriptor, to be closed at once.

    Family and kind are given lest Python ask the kernel for them: system and routing sockets have no name to tell. Only
    `connect` cares whether they are right.
    """
    return socket.socket(family, socket.SOCK_DGRAM, protocol, fileno=os.dup(fd))
