"""The real kernel's doors that do not depend on the system."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from everleaf.host.bsd.kernel import RealKernel

kernel = RealKernel()


@pytest.fixture
def opened():
    """Descriptors to close at the end."""
    descriptors: list[int] = []
    yield descriptors
    for fd in descriptors:
        os.close(fd)


def test_options_of_a_descriptor_are_set_and_read(opened):
    opened.append(kernel.socket(socket.AF_INET6, socket.SOCK_STREAM))
    assert kernel.getsockopt(opened[0], socket.SOL_SOCKET, socket.SO_KEEPALIVE, 4) == bytes(4)
    kernel.setsockopt(opened[0], socket.SOL_SOCKET, socket.SO_KEEPALIVE, (1).to_bytes(4, "little"))
    assert any(kernel.getsockopt(opened[0], socket.SOL_SOCKET, socket.SO_KEEPALIVE, 4))
    assert kernel.getsockopt(opened[0], socket.SOL_SOCKET, socket.SO_TYPE, 4)[0] == socket.SOCK_STREAM


@pytest.mark.root
def test_options_are_read_from_a_socket_that_has_no_name(opened):
    """As macOS's system sockets have none: getsockname(2) on one of AF_XDP says that it is not supported."""
    xdp = 44
    opened.append(kernel.socket(xdp, socket.SOCK_RAW))
    with pytest.raises(OSError, match=os.strerror(errno.EOPNOTSUPP)):
        socket.socket(fileno=os.dup(opened[0]))
    assert kernel.getsockopt(opened[0], socket.SOL_SOCKET, socket.SO_TYPE, 4)[0] == socket.SOCK_RAW


def test_options_of_what_is_no_socket_are_refused(opened):
    opened += os.pipe()
    with pytest.raises(OSError, match=os.strerror(errno.ENOTSOCK)):
        kernel.getsockopt(opened[0], socket.SOL_SOCKET, socket.SO_TYPE, 4)


def test_descriptors_do_not_pass_to_children(opened):
    opened += [kernel.open(os.devnull), kernel.socket(socket.AF_INET6, socket.SOCK_DGRAM)]
    assert not any(map(os.get_inheritable, opened))
