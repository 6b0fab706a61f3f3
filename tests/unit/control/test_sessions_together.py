"""Two ends of a session on a bad network: ours with ours, and ours with one that follows the reference's rules."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest

from everleaf import _core
from everleaf.control.sessions import Sessions
from unit.control.party import Floors, Party, Windows
from unit.control.reference_sessions import ReferenceSessions

STEP = 0.1  # seconds
STORM = 40.0  # seconds of loss, reordering and restarts
CALM = 8.0  # seconds after that, in which everything has to heal
PROOF = 4.0  # seconds, at the end of the calm, whose messages must all arrive
WALL = 1_700_000_000.0
IDENTITIES = (_core.Identity(bytes(31) + b"a"), _core.Identity(bytes(31) + b"b"))
MENDED = (Sessions, Windows)
REFERENCE = (ReferenceSessions, Floors)


class Network:
    """Two parties and what is under way between them. Everything follows from the seed."""

    def __init__(self, seed: int, kinds) -> None:
        self.random = random.Random(seed)
        self.kinds = kinds
        self.now = 0.0
        self.parties = [self.fresh(0), self.fresh(1)]
        self.clocks = [WALL, WALL + self.random.choice([0, 0.3, -5, 5])]
        self.under_way: list[tuple[float, int, bytes]] = []  # when, to whom, what
        self.received: list[list[bytes]] = [[], []]
        self.written = 0
        self.sealed: set[tuple[bytes, int]] = set()

    def fresh(self, who: int) -> Party:
        make, windows = self.kinds[who]
        return Party(IDENTITIES[who], make(IDENTITIES[who], _core), windows())

    def restart(self, who: int) -> None:
        """All is forgotten."""
        self.parties[who] = self.fresh(who)

    def reboot(self, who: int, set_back: float) -> None:
        """It takes longer than any packet is under way, and the clock is so many seconds behind then."""
        self.restart(who)
        self.under_way.clear()
        self.clocks[who] -= set_back

    def write(self, who: int) -> bytes:
        self.written += 1
        message = b"\x01" + self.written.to_bytes(4)
        self.parties[who].write(self.now, self.wall(who), self.parties[1 - who].key, message)
        return message

    def wall(self, who: int) -> float:
        return self.clocks[who] + self.now

    def step(self, *, loss: float, delay: float) -> None:
        """Carry on for a tenth of a second."""
        self.now = round(self.now + STEP, 1)
        for who, party in enumerate(self.parties):
            if self.now % 1 == who * 0.5:
                party.tick(self.now, self.wall(who))
            for _, payload in party.outbox:
                if self.random.random() >= loss:
                    self.under_way.append((self.now + self.random.uniform(0, delay), 1 - who, payload))
            party.outbox.clear()
            self.check_nonces(party)
        self.arrive()

    def check_nonces(self, party: Party) -> None:
        """No key seals twice with one nonce, not even once from each end."""
        for sealed in party.sealed:
            assert sealed not in self.sealed
            self.sealed.add(sealed)
        party.sealed.clear()

    def arrive(self) -> None:
        due = sorted(item for item in self.under_way if item[0] <= self.now)
        self.under_way = [item for item in self.under_way if item[0] > self.now]
        for _, who, payload in due:
            party = self.parties[who]
            party.deliver(self.now, self.wall(who), self.parties[1 - who].key, payload)
            self.received[who] += party.inbox
            party.inbox.clear()


def storm(net: Network, restart: Callable[[int], None]) -> None:
    """Loss, reordering, restarts."""
    while net.now < STORM:
        for who in (0, 1):
            if net.random.random() < 0.3:
                net.write(who)
            if net.random.random() < 0.005:
                restart(who)
        net.step(loss=0.2, delay=net.random.choice([0.05, 0.5, 2.0]))


def check_calm(net: Network) -> None:
    """In the end every message arrives, and none has done so twice."""
    expected: list[list[bytes]] = [[], []]
    while net.now < STORM + CALM:
        for who in (0, 1):
            message = net.write(who)
            if net.now > STORM + CALM - PROOF:
                expected[1 - who].append(message)
        net.step(loss=0, delay=0.05)
    for _ in range(5):
        net.step(loss=0, delay=0.05)
    for who in (0, 1):
        assert set(expected[who]) <= set(net.received[who]), f"lost on the way to {who}"
        assert len(net.received[who]) == len(set(net.received[who])), f"{who} got one twice"


@pytest.mark.parametrize("kinds", [(MENDED, MENDED), (MENDED, REFERENCE), (REFERENCE, MENDED)], ids=["mm", "mr", "rm"])
@pytest.mark.parametrize("seed", range(8))
def test_sessions_heal_after_loss_reordering_and_restarts(seed, kinds):
    net = Network(seed, kinds)
    storm(net, net.restart)
    check_calm(net)


@pytest.mark.parametrize("set_back", [100.0, 24 * 3600.0])
@pytest.mark.parametrize("seed", range(8))
def test_sessions_heal_although_restarts_set_clocks_back(seed, set_back):
    net = Network(seed, (MENDED, MENDED))
    storm(net, partial(net.reboot, set_back=set_back))
    net.reboot(seed % 2, set_back)
    check_calm(net)


@pytest.mark.parametrize("kinds", [(MENDED, MENDED), (MENDED, REFERENCE)], ids=["mm", "mr"])
def test_sessions_lose_nothing_in_five_minutes_of_talk(kinds):
    """Five rotations on each side, in step with the reference's."""
    net = Network(0, kinds)
    expected: list[list[bytes]] = [[], []]
    while net.now < 300:
        for who in (0, 1):
            if net.now % 5 == who * 2.5:
                expected[1 - who].append(net.write(who))
        net.step(loss=0, delay=0.05)
    net.step(loss=0, delay=0)
    net.step(loss=0, delay=0)
    assert net.received == expected
    local_seqs = [party.keys[net.parties[1 - who].key].install.local_seq for who, party in enumerate(net.parties)]
    assert all(5 <= seq <= 9 for seq in local_seqs)


def test_sessions_deliver_a_burst_that_is_written_before_there_is_a_session():
    net = Network(0, (MENDED, MENDED))
    burst = [net.write(0) for _ in range(12)]
    for _ in range(10):
        net.step(loss=0, delay=0.05)
    assert [net.received[0], sorted(net.received[1])] == [[], burst]


def test_sessions_deliver_what_both_write_at_the_same_time():
    net = Network(0, (MENDED, MENDED))
    expected = [[net.write(1)], [net.write(0)]]
    for _ in range(10):
        net.step(loss=0, delay=0.05)
    assert net.received == expected


def test_inits_that_cross_cost_no_packet():
    """Whoever steps by the first packet after them seals with a key that the other one has not heard of."""
    net = Network(0, (MENDED, MENDED))
    expected: list[list[bytes]] = [[net.write(1)], [net.write(0)]]
    for _ in range(4):
        net.step(loss=0, delay=0)
    for who in (1, 0, 1, 0, 1, 0):
        expected[1 - who].append(net.write(who))
        net.step(loss=0, delay=0)
        net.step(loss=0, delay=0)
    assert net.received == expected


@pytest.mark.parametrize("kinds", [(MENDED, REFERENCE), (REFERENCE, MENDED)], ids=["mr", "rm"])
def test_inits_that_cross_with_the_reference_leave_us_in_step_with_it(kinds):
    """It steps by the first packet after them, and so must we."""
    net = Network(0, kinds)
    net.write(0)
    net.write(1)
    for _ in range(4):
        net.step(loss=0, delay=0)
    written = []
    for group in ((0, 1), (0,), (1,), (0,), (1,)):
        written += [net.write(who) for who in group]
        net.step(loss=0, delay=0)
        net.step(loss=0, delay=0)
    assert set(written) <= {*net.received[0], *net.received[1]}


def test_keys_move_on_after_inits_have_crossed():
    net = Network(0, (MENDED, MENDED))
    expected: list[list[bytes]] = [[], []]
    while net.now < 300:
        for who in (0, 1):
            if net.now % 5 == 0:
                expected[1 - who].append(net.write(who))
        net.step(loss=0, delay=0.05)
    net.step(loss=0, delay=0)
    net.step(loss=0, delay=0)
    assert net.received == expected
    for who, party in enumerate(net.parties):
        assert party.keys[net.parties[1 - who].key].install.local_seq >= 5


def test_sessions_deliver_although_the_first_init_is_lost():
    """Without another write: a lone packet does not wait for the next one."""
    net = Network(0, (MENDED, MENDED))
    message = net.write(0)
    net.step(loss=1, delay=0)
    for _ in range(30):
        net.step(loss=0, delay=0.05)
    assert net.received == [[], [message]]
