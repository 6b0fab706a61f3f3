"""Recorded sessions, replayed bit for bit on the reference's rules: every key, packet, verdict and state."""

from __future__ import annotations

import pytest

from everleaf import _core
from everleaf.wire.session import PayloadKind, Sealed
from unit.control.party import Floors, Party
from unit.control.reference_sessions import ReferenceSessions
from vectors.captured import NODE

ROWS = ("cur/recv", "next/send", "next/recv")


class ScriptedCrypto:
    """The core's, but with session keys from a list."""

    verify = staticmethod(_core.verify)

    def __init__(self, private_keys: list[str]) -> None:
        self.private_keys = list(map(bytes.fromhex, private_keys))

    def box_key(self) -> _core.BoxKey:
        return _core.BoxKey(self.private_keys.pop(0))


def public(private: str) -> bytes:
    return _core.BoxKey(bytes.fromhex(private)).public


class ReplayedParty(Party):
    """Tells what happens in the words of the recording."""

    def __init__(self, seed: str, private_keys: list[str], group_password: str = "") -> None:
        identity = _core.Identity(bytes.fromhex(seed))
        secret = _core.sha256(b"ironwood/encrypted\0" + group_password.encode()) if group_password else b""
        self.crypto = ScriptedCrypto(private_keys)
        super().__init__(identity, ReferenceSessions(identity, self.crypto, secret), Floors())

    def wait_until(self, t: int) -> None:
        """Rotations become possible again. Nothing expires: a recording says when that happens."""
        for key in self.keys:
            self.perform(self.sessions._tick_session(float(t), float(t), key))

    def sent(self) -> list[str]:
        """What went out since the last call."""
        payloads = [payload.hex() for _, payload in self.outbox]
        self.outbox.clear()
        return payloads

    def receive(self, t: int, source: bytes, payload: bytes) -> str:
        """Take a payload in; return what became of it."""
        before = self.keys.get(source)
        outcome = self.deliver(float(t), float(t), source, payload)
        sent = [payload[0] for _, payload in self.outbox]
        if outcome == "handshake":
            return self._handshake_verdict(before is self.keys.get(source), sent)
        if outcome == "opened":
            sealed = Sealed.decode(payload)
            rows = [(row.remote_seq, row.local_seq) for row in before.install.receive]
            rotated = self.keys[source].install.local_seq > before.install.local_seq
            return ROWS[rows.index((sealed.local_seq, sealed.remote_seq))] + " rotate" * rotated
        assert outcome in {"refused", "replayed"}
        if outcome == "replayed":
            return "dropped: nonce not newer"
        assert sent == [PayloadKind.INIT]
        return "decrypt failed: init sent" if before else "no session: throw-away init sent"

    @staticmethod
    def _handshake_verdict(ignored: bool, sent: list[int]) -> str:
        if ignored:
            return "ignored: seq not newer"
        acked = ", ack sent" * (PayloadKind.ACK in sent)
        return "accepted" + acked + ", buffered message sent" * (PayloadKind.TRAFFIC in sent)

    def state(self, far: bytes) -> dict[str, int | bytes] | None:
        """What the recording shows of a session."""
        session, keys = self.sessions._sessions.get(far), self.keys.get(far)
        if session is None or keys is None:
            return None
        own, remote = session.generation.own, session.generation.remote
        return {
            "local_key_seq": own.seq,
            "remote_key_seq": remote.seq,
            "last_init_seq": session.seq,
            "send_nonce": keys.nonce,
            **dict(zip(("recv_nonce", "next_send_nonce", "next_recv_nonce"), keys.windows, strict=True)),
            "recv_private": own.recv.public,
            "send_private": own.send.public,
            "next_private": own.next.public,
            "remote_current": remote.current,
            "remote_next": remote.next,
        }


def recorded_state(state: dict[str, int | str] | None) -> dict[str, int | bytes] | None:
    """The recording's, with public keys for private ones, which no object of ours gives away."""

    def value(name: str, recorded: int | str) -> int | bytes:
        if isinstance(recorded, int):
            return recorded
        return public(recorded) if name.endswith("_private") else bytes.fromhex(recorded)

    return state and {name: value(name, recorded) for name, recorded in state.items()}


@pytest.mark.parametrize("recording", NODE["session_simulated"], ids=lambda recording: recording["title"])
def test_reference_sessions_do_what_was_recorded(recording):
    parties = {
        name: ReplayedParty(
            recording[f"{name}_seed"],
            recording[f"{name}_box_private_keys_in_order"],
            recording["group_password"],
        )
        for name in ("alice", "bob")
    }
    other = {"alice": parties["bob"].key, "bob": parties["alice"].key}
    for step in recording["steps"]:
        t = step["t"]
        for party in parties.values():
            party.wait_until(t)
        match step["event"]:
            case "write":
                party = parties[step["party"]]
                party.write(float(t), float(t), other[step["party"]], bytes.fromhex(step["message"]))
                assert party.sent() == step["emitted"]
            case "expire":
                party = parties[step["party"]]
                party.perform(party.sessions.remove(other[step["party"]]))
            case "deliver":
                replay_delivery(parties, step)
            case unknown:
                pytest.fail(f"unknown event {unknown}")
    assert not any(party.crypto.private_keys for party in parties.values())


def replay_delivery(parties: dict[str, ReplayedParty], step: dict) -> None:
    receiver, sender = parties[step["receiver"]], parties[step["sender"]]
    assert receiver.receive(step["t"], sender.key, bytes.fromhex(step["bytes"])) == step["result"]
    assert receiver.sent() == step["emitted_by_receiver"]
    if "plaintext" in step:
        assert receiver.inbox[-1].hex() == step["plaintext"]
    assert receiver.state(sender.key) == recorded_state(step["receiver_state_after"])
    assert sender.state(receiver.key) == recorded_state(step["sender_state_after"])


@pytest.mark.parametrize(
    "recording", NODE["session_captured_0_5_12"], ids=lambda recording: recording["role_of_client"]
)
def test_reference_sessions_talk_to_a_real_node(recording):
    """What we sent and received when it was recorded; our session keys are known, the node's are not."""
    client = ReplayedParty(recording["client_ed25519_seed"], recording["client_box_private_keys_in_order_of_creation"])
    node = bytes.fromhex(recording["node_public"])
    steps = recording["steps"]
    for number, step in enumerate(steps):
        t, payload = step["t"], step["session_payload"]
        client.wait_until(t)
        if step["dir"] == "node->client":
            replay_node(client, node, step)
            continue
        if not client.outbox:  # we began to talk: the message is the next one we sealed
            message = next(later["decrypted"] for later in steps[number:] if "decrypted" in later)
            client.write(float(t), float(t), node, bytes.fromhex(message)[32:])
        dest, sent = client.outbox.pop(0)
        assert (dest, sent.hex()) == (node, payload)
    assert not client.outbox
    assert not client.crypto.private_keys


def replay_node(client: ReplayedParty, node: bytes, step: dict) -> None:
    verdict = client.receive(step["t"], node, bytes.fromhex(step["session_payload"]))
    if step["kind"] == "traffic":
        assert verdict == step["rule"]
        assert client.inbox[-1].hex() == step["inner_plaintext"]
    state = client.state(node)
    after = step.get("client_after") or {}
    assert {name: state[name] for name in after} == after
