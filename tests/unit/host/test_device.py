"""A device from the outside: whoever closes it, in whatever moment, nobody hangs and nobody reads another's bytes."""

import errno
import os
import select
import signal
import socket
import sys
import threading

import pytest

from everleaf.host.base import Framing, Kind
from everleaf.host.device import FileDevice

AF_INET6 = 28  # FreeBSD's
V4, V6 = b"\x45" + bytes(19), b"\x60" + bytes(39)


class Rig:
    """A device on one end of a socket pair; packets keep their bounds, as with a real one."""

    def __init__(self, framing=Framing.BARE, **more):
        ours, self.kernel = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self.closings = []
        self.device = FileDevice(
            ours.detach(), "tun0", Kind.TUN, framing, closed=lambda: self.closings.append(True), **more
        )

    def is_closed(self):
        """Whether nobody holds the descriptor any more."""
        waiting = select.poll()
        waiting.register(self.kernel)
        return bool(waiting.poll(0)[0][1] & select.POLLHUP)

    def close(self):
        self.device.close()
        self.kernel.close()


@pytest.fixture
def rig():
    rig = Rig()
    yield rig
    rig.close()


def waits_in_read(ident):
    """Whether the thread is where `read` waits."""
    frame = sys._current_frames().get(ident)
    return frame is not None and frame.f_code.co_name == "_read" and frame.f_code.co_filename.endswith("device.py")


class Readers:
    """Threads that wait in `read`, again and again until the device is closed."""

    def __init__(self, device, number):
        self.got = []
        self.threads = [threading.Thread(target=self._read, args=(device,), daemon=True) for _ in range(number)]
        for thread in self.threads:
            thread.start()
        while not all(waits_in_read(thread.ident) for thread in self.threads):
            os.sched_yield()

    def _read(self, device):
        while packet := device.read():
            self.got.append(packet)
        self.got.append(packet)

    def join(self):
        """What they got; fails when one hangs."""
        for thread in self.threads:
            thread.join(10)
        assert not any(thread.is_alive() for thread in self.threads)
        return self.got


def test_read_and_write_pass_packets(rig):
    rig.kernel.send(V6)
    rig.device.write(V4)
    assert (rig.device.read(), rig.kernel.recv(100)) == (V6, V4)


def test_family_header_is_added_and_taken_off():
    rig = Rig(Framing.FAMILY, family=AF_INET6)
    rig.device.write(V6)
    rig.device.write(V4)
    assert [rig.kernel.recv(100)[:5] for _ in range(2)] == [b"\0\0\0\x1c\x60", b"\0\0\0\x02\x45"]
    rig.kernel.send(b"\0\0\0\x1c" + V6)
    assert rig.device.read(len(V6)) == V6
    rig.close()


def test_close_wakes_every_reader_and_closes_once(rig):
    readers = Readers(rig.device, 8)
    rig.device.close()
    rig.device.close()
    assert readers.join() == [b""] * 8
    assert (rig.closings, rig.is_closed()) == ([True], True)


def test_readers_share_the_packets(rig):
    readers = Readers(rig.device, 4)
    sent = [bytes([0x60, number]) for number in range(100)]
    for packet in sent:
        rig.kernel.send(packet)
    while len(readers.got) < len(sent):
        os.sched_yield()
    rig.device.close()
    assert sorted(readers.join()) == [b""] * 4 + sent


def test_closed_device_reads_nothing_and_refuses_writes(rig):
    rig.device.close()
    assert rig.device.read() == b""
    with pytest.raises(OSError, match="Bad file descriptor") as refused:
        rig.device.write(V6)
    assert refused.value.errno == errno.EBADF


def test_detach_gives_the_descriptor_away_and_wakes_readers(rig):
    readers = Readers(rig.device, 2)
    fd = rig.device.detach()
    assert readers.join() == [b"", b""]
    rig.kernel.send(V6)
    assert rig.device.read() == b""
    with pytest.raises(OSError, match="Bad file descriptor"):
        rig.device.write(V6)
    assert os.read(fd, 100) == V6  # nothing was taken from the new owner
    os.close(fd)


def test_close_after_detach_leaves_the_descriptor_and_tells_that_it_is_over(rig):
    """The interface may be destroyed only when the descriptor's new owner has closed it."""
    fd = rig.device.detach()
    assert rig.closings == []
    rig.device.close()
    rig.device.close()
    os.write(fd, V6)
    assert (rig.kernel.recv(100), rig.closings) == (V6, [True])
    os.close(fd)


def test_detach_after_close_gives_nothing(rig):
    rig.device.close()
    assert rig.device.detach() == -1


def test_handler_of_a_signal_may_close_while_the_same_thread_reads(rig):
    """The handler runs inside `read`, with whatever `read` holds."""
    main = threading.main_thread().ident

    def interrupt():
        while not waits_in_read(main):
            os.sched_yield()
        signal.pthread_kill(main, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, lambda *_: rig.device.close())
    sender = threading.Thread(target=interrupt)
    sender.start()
    try:
        assert rig.device.read() == b""
    finally:
        sender.join()
        signal.signal(signal.SIGUSR1, before)
    assert rig.closings == [True]


def with_close_after(lines, rig, action):
    """Do it in a thread, and close behind so many lines of the device's code, as a signal handler may."""

    def trace(frame, event, _):
        nonlocal lines
        if frame.f_code.co_filename.endswith("device.py") and event == "line":
            lines -= 1
            if lines == 0:
                rig.device.close()
        return trace

    threading.settrace(trace)
    thread = threading.Thread(target=action, daemon=True)
    try:
        thread.start()
        thread.join(10)
    finally:
        threading.settrace(None)
    assert not thread.is_alive()


@pytest.mark.parametrize("lines", range(1, 40))
def test_close_between_any_two_lines_of_a_read_closes_once(rig, lines):
    rig.kernel.send(V6)
    got = []
    with_close_after(lines, rig, lambda: got.append(rig.device.read()))
    assert got in ([V6], [b""])
    rig.device.close()
    assert (rig.closings, rig.is_closed()) == ([True], True)


@pytest.mark.parametrize("lines", range(1, 20))
def test_close_between_any_two_lines_of_detach_closes_once_or_gives_away(rig, lines):
    got = []
    with_close_after(lines, rig, lambda: got.append(rig.device.detach()))
    rig.device.close()
    assert rig.closings == [True]
    if got != [-1]:
        os.close(got[0])
    assert rig.is_closed()
