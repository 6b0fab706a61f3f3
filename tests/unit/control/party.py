"""One end of sessions: `Sessions` and a slow twin of what the core does with the keys it is given."""

from __future__ import annotations

from dataclasses import dataclass, field

from everleaf import _core
from everleaf.control.effects import DropKeys, Effect, InstallKeys, Seal
from everleaf.control.handoff import SendPayload
from everleaf.control.sessions import Sessions
from everleaf.errors import WireError
from everleaf.wire.session import PayloadKind, Sealed


@dataclass
class Keys:
    """One session's keys in the data plane."""

    install: InstallKeys
    nonce: int = 0
    windows: list = field(default_factory=list)  # one per row
    opened: int = 0  # nonce of the packet opened last


def fingerprint(key: _core.SharedKey) -> bytes:
    """Tells two keys apart that do not show themselves."""
    return _core.seal(key, 0, 0, 0, bytes(32), b"")


class Windows:
    """The core's rules: a replay window for each pair, kept as long as the pair stays."""

    def make(self, old: Keys | None, install: InstallKeys) -> list:
        known = {} if old is None else dict(zip(map(self._pair, old.install.receive), old.windows, strict=True))
        return [known.get(self._pair(row)) or _core.ReplayWindow() for row in install.receive]

    def accept(self, keys: Keys, row: int, nonce: int) -> bool:
        return keys.windows[row].accept(nonce)

    @staticmethod
    def _pair(row) -> tuple[int, int, bytes]:
        return row.remote_seq, row.local_seq, fingerprint(row.key)


class Floors:
    """The reference's rules: nonces must grow, and a rotation hands its nonce to another pair."""

    def make(self, old: Keys | None, install: InstallKeys) -> list:
        if old is None or install.keep_nonce:
            return old.windows if old and old.install.local_seq == install.local_seq else [0, 0, 0]
        return [old.opened, 0, 0]

    def accept(self, keys: Keys, row: int, nonce: int) -> bool:
        if nonce <= keys.windows[row]:
            return False
        keys.windows[row] = nonce
        return True


class Party:
    """Whatever goes out is appended to `outbox` as (dest, payload), what comes in opened to `inbox`."""

    def __init__(self, identity: _core.Identity, sessions: Sessions, windows: Windows | Floors | None = None) -> None:
        self.key = identity.public
        self.sessions = sessions
        self.keys: dict[bytes, Keys] = {}
        self.outbox: list[tuple[bytes, bytes]] = []
        self.inbox: list[bytes] = []
        self.sealed: list[tuple[bytes, int]] = []  # keys and nonces
        self._windows = windows or Windows()
        self._activity: dict[bytes, tuple[int, int]] = {}

    def write(self, now: float, wall: float, dest: bytes, message: bytes) -> None:
        self.perform(self.sessions.write(now, wall, dest, message))

    def tick(self, now: float, wall: float) -> None:
        rows = [(key, received, sent) for key, (received, sent) in self._activity.items()]
        self._activity.clear()
        self.perform(self.sessions.activity(now, rows))
        self.perform(self.sessions.tick(now, wall))

    def deliver(self, now: float, wall: float, source: bytes, payload: bytes) -> str:
        """What became of the payload."""
        if payload[0] != PayloadKind.TRAFFIC:
            self.perform(self.sessions.payload(now, wall, source, payload))
            return "handshake"
        try:
            sealed = Sealed.decode(payload)
        except WireError:
            return "malformed"
        opened = self._open(source, sealed, payload)
        if opened is None:
            self.perform(self.sessions.refused(now, wall, source))
            return "refused"
        row, next_public, message = opened
        if message is None:
            return "replayed"
        self.inbox.append(message)
        self._count(source, received=len(message))
        if row.report:
            moved = self.sessions.moved(now, source, sealed.local_seq, sealed.remote_seq, next_public)
            self.perform(moved)
        return "opened"

    def perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case InstallKeys(key):
                    self._install(key, effect)
                case DropKeys(key):
                    self.keys.pop(key, None)
                case SendPayload(dest, payload):
                    self.outbox.append((dest, payload))
                case Seal(key, message):
                    self.outbox.append((key, self._seal(key, message)))

    def _install(self, key: bytes, install: InstallKeys) -> None:
        old = self.keys.get(key)
        nonce = old.nonce if old and install.keep_nonce else 0
        self.keys[key] = Keys(install, nonce, self._windows.make(old, install), old.opened if old else 0)

    def _seal(self, key: bytes, message: bytes) -> bytes:
        keys = self.keys[key]
        keys.nonce += 1
        self._count(key, sent=len(message))
        i = keys.install
        self.sealed.append((fingerprint(i.send), keys.nonce))
        return _core.seal(i.send, i.local_seq, i.remote_seq, keys.nonce, i.next_public, message)

    def _open(self, source: bytes, sealed: Sealed, payload: bytes):
        """(row, sender's next key, message or None if it is a replay), or None if nothing opens it."""
        keys = self.keys.get(source)
        rows = keys.install.receive if keys else ()
        for number, row in enumerate(rows):
            if (row.remote_seq, row.local_seq) == (sealed.local_seq, sealed.remote_seq):
                opened = _core.open(row.key, payload)
                if opened is None:
                    return None
                *_, next_public, message = opened
                if not self._windows.accept(keys, number, sealed.nonce):
                    return row, next_public, None
                keys.opened = sealed.nonce
                return row, next_public, message
        return None

    def _count(self, key: bytes, received: int = 0, sent: int = 0) -> None:
        before = self._activity.get(key, (0, 0))
        self._activity[key] = before[0] + received, before[1] + sent
