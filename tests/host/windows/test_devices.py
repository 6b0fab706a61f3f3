"""Reading, writing, closing and giving away the two kinds of device that Windows has."""

from __future__ import annotations

import threading

import pytest

from everleaf.errors import BusyError, HostError, PermissionDeniedError
from everleaf.host import Kind
from everleaf.host.base import Carrier, Framing
from everleaf.host.windows import WindowsHost
from host.windows.fake.windows import FakeWindows

PACKET = bytes([0x60]) + bytes(59)
FRAME = bytes(14) + PACKET


@pytest.fixture
def windows() -> FakeWindows:
    return FakeWindows()


@pytest.fixture
def host(windows) -> WindowsHost:
    return WindowsHost(windows)


class Reader:
    """Reads one packet in a thread of its own."""

    def __init__(self, device) -> None:
        self._got: list[bytes] = []
        self._thread = threading.Thread(target=lambda: self._got.append(device.read()), daemon=True)
        self._thread.start()

    def got(self) -> bytes:
        self._thread.join(5)
        assert self._got, "the reader still waits"
        return self._got[0]


# --- Wintun ----------------------------------------------------------------------------------------------------------


def test_a_wintun_device_is_bare_and_its_handle_a_session(host, windows) -> None:
    device = host.open("auto")
    assert (device.kind, device.carrier, device.framing) == (Kind.TUN, Carrier.WINTUN, Framing.BARE)
    assert device.detach() in windows.wintun.sessions


def test_read_gives_the_packets_in_their_order(host, windows) -> None:
    device = host.open("auto")
    adapter = windows.stack.named("everleaf")
    windows.deliver(adapter, PACKET)
    windows.deliver(adapter, PACKET + b"2")
    assert [device.read(), device.read()] == [PACKET, PACKET + b"2"]


def test_read_waits_for_a_packet(host, windows) -> None:
    reader = Reader(host.open("auto"))
    windows.deliver(windows.stack.named("everleaf"), PACKET)
    assert reader.got() == PACKET


def test_close_wakes_a_reader_and_ends_the_session_once(host, windows) -> None:
    device = host.open("auto")
    reader = Reader(device)
    device.close()
    device.close()
    assert reader.got() == b""
    assert windows.open_handles() == 0
    assert device.read() == b""


def test_write_hands_a_packet_to_windows(host, windows) -> None:
    device = host.open("auto")
    device.write(PACKET)
    device.write(bytes([0x45]) + bytes(19))
    assert [len(packet) for packet in next(iter(windows.wintun.sessions.values())).sent] == [60, 20]


@pytest.mark.parametrize(
    "garbage", [b"", b"\x60", bytes([0x60]) + bytes(38), bytes([0x45]) + bytes(18), bytes(60), bytes([0x60]) * 65536]
)
def test_write_refuses_what_would_end_the_session_for_good(host, windows, garbage) -> None:
    device = host.open("auto")
    with pytest.raises(OSError, match="Invalid argument"):
        device.write(garbage)
    device.write(PACKET)
    assert not next(iter(windows.wintun.sessions.values())).dead


def test_a_full_ring_refuses_a_packet_and_takes_the_next(host, windows) -> None:
    device = host.open("auto")
    session = next(iter(windows.wintun.sessions.values()))
    session.room = 10
    with pytest.raises(OSError, match="error 111"):
        device.write(PACKET)
    session.room = 1000
    device.write(PACKET)
    assert session.sent == [PACKET]


def test_an_adapter_that_goes_away_ends_reading_and_writing_with_an_error(host, windows) -> None:
    device = host.open("auto")
    windows.wintun.vanish(windows.stack.named("everleaf"))
    for use in (device.read, lambda: device.write(PACKET)):
        with pytest.raises(OSError, match="error 38"):
            use()


def test_the_ring_has_eight_mebibytes(host, windows) -> None:
    host.open("auto")
    assert next(iter(windows.wintun.sessions.values())).room == 8 << 20


def test_a_session_given_away_is_no_longer_the_devices_to_use_or_end(host, windows) -> None:
    device = host.open("auto")
    session = device.detach()
    assert Reader(device).got() == b""
    with pytest.raises(OSError, match="Bad file descriptor"):
        device.write(PACKET)
    windows.end_session(session)  # as the core does when it stops
    device.close()
    assert windows.open_handles() == 0
    assert windows.stack.named("everleaf") is None  # the adapter had stayed ours


def test_a_session_that_does_not_start_leaves_no_adapter_behind(host, windows, monkeypatch) -> None:
    monkeypatch.setattr(windows.wintun, "start", lambda *_: (8, 0))
    with pytest.raises(HostError, match="Wintun starts no session on 'everleaf': error 8"):
        host.open("auto")
    assert windows.stack.named("everleaf") is None
    assert windows.open_handles() == 0


# --- TAP-Windows6 ----------------------------------------------------------------------------------------------------


def test_a_tap_device_carries_frames_and_knows_the_mac_of_this_side(host, windows) -> None:
    tap = windows.add_tap("Ethernet 7", "{AAAA}")
    device = host.open("auto", Kind.TAP)
    assert (device.kind, device.carrier, device.framing) == (Kind.TAP, Carrier.TAP_WINDOWS, Framing.ETHERNET)
    assert (device.name, device.mac) == ("Ethernet 7", tap.mac)
    tap.waiting.append(FRAME)
    assert device.read() == FRAME
    device.write(FRAME)
    assert tap.sent == [FRAME]
    device.close()
    assert not tap.connected
    assert windows.open_handles() == 0


def test_close_wakes_a_reader_of_a_tap_device(host, windows) -> None:
    windows.add_tap("Ethernet 7", "{AAAA}")
    device = host.open("auto", Kind.TAP)
    reader = Reader(device)
    device.close()
    assert reader.got() == b""
    assert windows.open_handles() == 0


def test_a_tap_handle_given_away_stays_open_after_close(host, windows) -> None:
    tap = windows.add_tap("Ethernet 7", "{AAAA}")
    device = host.open("auto", Kind.TAP)
    handle = device.detach()
    device.close()
    assert tap.handle == handle


def test_auto_takes_the_first_tap_adapter_that_nobody_holds(host, windows) -> None:
    windows.add_tap("Ethernet 7", "{AAAA}")
    windows.add_tap("Ethernet 8", "{BBBB}", component=r"ROOT\tap0901")
    assert [host.open("auto", Kind.TAP).name, host.open("auto", Kind.TAP).name] == ["Ethernet 7", "Ethernet 8"]
    with pytest.raises(BusyError, match="'Ethernet 8' is in use"):
        host.open("auto", Kind.TAP)


def test_other_adapters_in_the_registry_are_no_tap_adapters(host, windows) -> None:
    windows.add_tap("Ethernet", "{AAAA}", component=r"pci\ven_8086")
    with pytest.raises(HostError, match="there is no TAP-Windows adapter") as caught:
        host.open("auto", Kind.TAP)
    assert "install TAP-Windows6" in caught.value.fix


def test_a_tap_adapter_is_found_by_the_name_of_its_connection(host, windows) -> None:
    windows.add_tap("One", "{AAAA}")
    windows.add_tap("Two", "{BBBB}")
    assert host.open("Two", Kind.TAP).name == "Two"
    with pytest.raises(HostError, match="there is no TAP-Windows adapter named 'Three'"):
        host.open("Three", Kind.TAP)


def test_a_tap_adapter_that_is_disabled_says_what_to_do(host, windows) -> None:
    windows.add_tap("One", "{AAAA}", enabled=False)
    with pytest.raises(HostError, match="cannot open the adapter 'One': error 2") as caught:
        host.open("One", Kind.TAP)
    assert caught.value.fix == "enable it, or set interface.name"


def test_a_tap_adapter_needs_privileges(host, windows) -> None:
    windows.add_tap("One", "{AAAA}")
    windows.stack.elevated = False
    with pytest.raises(PermissionDeniedError, match="may not open the adapter 'One'"):
        host.open("One", Kind.TAP)


def test_a_tap_driver_that_refuses_a_request_is_closed_again(host, windows, monkeypatch) -> None:
    tap = windows.add_tap("One", "{AAAA}")
    monkeypatch.setattr(tap, "control", lambda *_: (1, b""))
    with pytest.raises(HostError, match="the driver of 'One' refused: DeviceIoControl: error 1") as caught:
        host.open("One", Kind.TAP)
    assert caught.value.fix == "update TAP-Windows6"
    assert windows.open_handles() == 0
