"""A device behind a descriptor: who reads, who closes, and what is said when it is over."""

import os
import socket
import threading

import pytest

from everleaf.host.base import Framing, Kind
from everleaf.host.device import FileDevice

AF_INET6 = 24
IPV6, IPV4 = b"\x60" + bytes(39), b"\x45" + bytes(19)


@pytest.fixture
def pair():
    """A device, the end where its kernel would be, and how often it was told that the descriptor is closed."""
    kernel, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    closed = []
    device = FileDevice(
        ours.detach(), "tun0", Kind.TUN, Framing.FAMILY, family=AF_INET6, closed=lambda: closed.append("tun0")
    )
    with kernel:
        yield device, kernel, closed
        device.close()


def gone(kernel):
    """Whether the other end is closed."""
    return kernel.recv(1, socket.MSG_DONTWAIT) == b""


@pytest.mark.parametrize(("packet", "family"), [(IPV6, AF_INET6), (IPV4, socket.AF_INET)])
def test_packets_carry_their_family_outside_only(pair, packet, family):
    device, kernel, _ = pair
    device.write(packet)
    assert kernel.recv(100) == family.to_bytes(4, "big") + packet
    kernel.send(family.to_bytes(4, "big") + packet)
    assert device.read() == packet


def test_close_wakes_who_reads_and_tells_once(pair):
    device, kernel, closed = pair
    read = []
    reader = threading.Thread(target=lambda: read.append(device.read()))
    reader.start()
    device.close()
    reader.join()
    device.close()
    assert (read, gone(kernel), closed) == ([b""], True, ["tun0"])


def test_detached_device_reads_nothing_and_writes_nothing(pair):
    device, _, _ = pair
    fd = device.detach()
    assert device.read() == b""
    with pytest.raises(OSError, match="Bad file descriptor"):
        device.write(IPV6)
    os.close(fd)


def test_close_after_detach_leaves_the_descriptor_and_tells_that_it_is_over(pair):
    """The interface may be destroyed only when the descriptor's new owner has closed it."""
    device, kernel, closed = pair
    fd = device.detach()
    assert closed == []
    device.close()
    os.write(fd, IPV6)
    assert (kernel.recv(100), closed) == (IPV6, ["tun0"])
    os.close(fd)
