"""What the service manager hears."""

import os
import socket

from everleaf.daemon.notify import ServiceManager


def test_notify_sends_one_datagram_per_state(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        node = ServiceManager(str(tmp_path / "notify"))
        node.ready("running as 200::1")
        node.reloading(12.5)
        node.stopping()
        heard = [manager.recv(4096).decode() for _ in range(3)]
    assert heard[0] == "READY=1\nSTATUS=running as 200::1"
    assert heard[1] == "RELOADING=1\nMONOTONIC_USEC=12500000"
    assert heard[2] == "STOPPING=1"


def test_notify_reaches_an_abstract_socket():
    name = f"\0everleaf-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name)
        ServiceManager("@" + name[1:]).stopping()
        assert manager.recv(100) == b"STOPPING=1"


def test_notify_is_silent_without_a_manager():
    ServiceManager("").ready("nobody listens")


def test_notify_survives_a_manager_that_went_away(tmp_path):
    ServiceManager(str(tmp_path / "gone")).ready("nobody listens")
