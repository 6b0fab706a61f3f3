"""Wintun and TAP-Windows6, as far as a backend meets them.

Sources: wintun 0.14, api/adapter.c (names, GUIDs, what closing removes), api/session.c (rings, error codes) and
driver/wintun.c (one session per adapter; a packet that is not IP ends the reading of the ring for good); tap-windows6
9.24, src/device.c (one user, requests and their sizes, no input or output before the media are connected).
Not modelled: phantoms in the device tree, power states, the TUN mode of TAP-Windows6.
"""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass, field

from host.windows.fake.stack import (
    ACCESS_DENIED,
    DOWN,
    FILE_NOT_FOUND,
    INVALID_PARAMETER,
    NOT_FOUND,
    OK,
    UP,
    Adapter,
    Stack,
)

GEN_FAILURE, HANDLE_EOF, BUFFER_OVERFLOW, ALREADY_EXISTS, NO_MORE_ITEMS = 31, 38, 111, 183, 259
OPERATION_ABORTED, ALREADY_INITIALIZED, MOD_NOT_FOUND, INVALID_DEVICE_REQUEST, BUFFER_TOO_SMALL = 995, 1247, 126, 1, 122
MAX_ADAPTER_NAME, MAX_PACKET = 128, 0xFFFF
MIN_RING, MAX_RING = 0x20000, 0x4000000
GET_MAC, SET_MEDIA_STATUS = 0x220004, 0x220018


@dataclass
class Session:
    adapter: Adapter
    event: int
    waiting: deque[bytes] = field(default_factory=deque)  # from Windows to us
    sent: list[bytes] = field(default_factory=list)
    room: int = MIN_RING  # bytes before the ring is full
    dead: bool = False


@dataclass
class WintunDriver:
    """wintun.dll and its driver. Every call gives an error code and a value."""

    stack: Stack
    paths: set[str] = field(default_factory=set)  # where a good wintun.dll lies
    foreign: set[str] = field(default_factory=set)  # where one for another CPU lies
    create_fails: list[int] = field(default_factory=list)  # codes of the next attempts
    loaded: bool = False
    known: dict[str, Adapter] = field(default_factory=dict)  # by the name they were created with
    handles: dict[int, tuple[Adapter, bool]] = field(default_factory=dict)  # and whether it was created by it
    sessions: dict[int, Session] = field(default_factory=dict)
    next_handle: int = 0x7FF0_0000_1000  # beyond 32 bits, as on a real machine

    def load(self, path: str) -> int:
        if path in self.foreign:
            return 193
        if path not in self.paths:
            return MOD_NOT_FOUND
        self.loaded = True
        return OK

    def create(self, name: str, tunnel_type: str, guid: bytes) -> tuple[int, int]:
        assert self.loaded, "wintun.dll is not loaded"
        assert len(guid) == 16, "a GUID has 16 bytes"
        if not self.stack.elevated:
            return ACCESS_DENIED, 0
        if self.create_fails:
            return self.create_fails.pop(0), 0
        if len(name) >= MAX_ADAPTER_NAME or len(tunnel_type) >= MAX_ADAPTER_NAME:
            return BUFFER_OVERFLOW, 0
        if any(each.guid == guid for each in self.stack.adapters):
            return ALREADY_EXISTS, 0
        other = self.stack.named(name)
        if other:
            other.alias = f"{name} 1"  # NciSetAdapterName moves the other one out of the way
        adapter = self.stack.add(name, guid=guid, status=DOWN, mtu=MAX_PACKET)
        self.known[name.casefold()] = adapter
        return OK, self._handle(adapter, created=True)

    def open(self, name: str) -> tuple[int, int]:
        assert self.loaded, "wintun.dll is not loaded"
        if not self.stack.elevated:
            return ACCESS_DENIED, 0
        adapter = self.known.get(name.casefold())
        return (OK, self._handle(adapter, created=False)) if adapter else (NOT_FOUND, 0)

    def close(self, handle: int) -> None:
        adapter, created = self.handles.pop(handle)  # KeyError: closed twice
        if created:
            self.vanish(adapter)

    def vanish(self, adapter: Adapter) -> None:
        """The adapter is removed, whoever has it open."""
        for session in self.sessions.values():
            session.dead = session.dead or session.adapter is adapter
        self.known = {name: each for name, each in self.known.items() if each is not adapter}
        self.stack.remove(adapter)

    def start(self, handle: int, capacity: int, event: int) -> tuple[int, int]:
        adapter, _ = self.handles[handle]
        if not MIN_RING <= capacity <= MAX_RING or capacity & (capacity - 1):
            return INVALID_PARAMETER, 0
        if any(each.adapter is adapter and not each.dead for each in self.sessions.values()):
            return ALREADY_INITIALIZED, 0
        self.next_handle += 16
        self.sessions[self.next_handle] = Session(adapter, event, room=capacity)
        adapter.status = UP
        self.stack.changed()
        return OK, self.next_handle

    def end(self, session: int) -> None:
        self.sessions.pop(session).adapter.status = DOWN  # KeyError: ended twice
        self.stack.changed()

    def receive(self, session: int) -> tuple[int, bytes]:
        ring = self.sessions[session]
        if ring.waiting:
            return OK, ring.waiting.popleft()
        return (HANDLE_EOF if ring.dead else NO_MORE_ITEMS), b""

    def send(self, session: int, packet: bytes) -> int:
        ring = self.sessions[session]
        assert len(packet) <= MAX_PACKET, "the caller answers for the size: the ring is overrun"
        if ring.dead:
            return HANDLE_EOF
        if len(packet) + 4 > ring.room:
            return BUFFER_OVERFLOW
        version = packet[0] >> 4 if packet else 0
        if (version, len(packet) >= 20) != (4, True) and (version, len(packet) >= 40) != (6, True):
            ring.dead = True  # the driver leaves its loop
            return OK
        ring.room -= len(packet) + 4
        ring.sent.append(packet)
        return OK

    def _handle(self, adapter: Adapter, *, created: bool) -> int:
        self.next_handle += 16
        self.handles[self.next_handle] = (adapter, created)
        return self.next_handle


@dataclass
class Tap:
    """A TAP-Windows6 adapter that an administrator has made."""

    adapter: Adapter
    instance: str
    component: str = "tap0901"
    mac: bytes = bytes.fromhex("00ff01020304")
    enabled: bool = True
    handle: int = 0  # of its only user
    connected: bool = False
    waiting: deque[bytes] = field(default_factory=deque)
    sent: list[bytes] = field(default_factory=list)

    def open(self, handle: int, *, elevated: bool) -> int:
        if not self.enabled:
            return FILE_NOT_FOUND
        if not elevated:
            return ACCESS_DENIED
        if self.handle:
            return GEN_FAILURE
        self.handle = handle
        return OK

    def close(self) -> None:
        self.handle, self.connected, self.adapter.status = 0, False, DOWN

    def control(self, code: int, argument: bytes, size: int) -> tuple[int, bytes]:
        match code:
            case 0x220004:
                return (OK, self.mac) if size >= 6 else (BUFFER_TOO_SMALL, b"")
            case 0x220018:
                if len(argument) < 4:
                    return INVALID_PARAMETER, b""
                self.connected = struct.unpack("<I", argument[:4])[0] == 1
                self.adapter.status = UP if self.connected else DOWN
                return OK, argument[:4]
        return INVALID_DEVICE_REQUEST, b""

    def write(self, frame: bytes) -> int:
        if not self.connected:
            return OPERATION_ABORTED
        if len(frame) < 14:
            return INVALID_PARAMETER
        self.sent.append(frame)
        return OK
