"""Is the node well? Named checks from facts, each with a sentence and a remedy, and one verdict over all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from everleaf.control.greeting import OTHER_KEY, OTHER_PASSWORD
from everleaf.control.links import SELF

CLOCK_PLAUSIBLE = 1735689600.0  # 2025-01-01: no program that has this line ran before

# By why a peer is down. One that refuses us closes the link and says nothing, which is the last text, of core/link.c.
_REMEDIES = {
    OTHER_PASSWORD: "give both sides the same ?password=, or neither of them one",
    OTHER_KEY: "ask its owner whether it has another key, and correct ?key=",
    SELF: "take it out of the peers: it is this node",
    "closed by the peer": "see its log: it may not allow this node's key, or want another scheme, as tls for tcp",
}
_UNREACHED = "see that it runs and that no firewall is between; redial now with: everleaf ctl retryPeers"


class State(Enum):
    """How well the node is."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"  # it works, but not all that was asked for does
    DOWN = "down"  # nothing can be reached through it


class Level(Enum):
    """What one check found."""

    OK = "ok"
    WARNING = "warning"  # less than was asked for
    ERROR = "error"  # what was asked for does not work


@dataclass(frozen=True, slots=True)
class PeerFacts:
    """One configured peer or incoming link."""

    remote: str
    up: bool
    trusted: bool  # it proved that it owns its key
    inbound: bool
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class ProblemFacts:
    """Something the system refused."""

    what: str  # "add route 200::/7"
    command: str  # as it was given
    output: str  # what came back
    fix: str = ""
    mended: bool = False  # another way led there


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """The overlay interface as it is now."""

    name: str
    open: bool
    up: bool
    addressed: bool  # it has our address
    routed: bool  # the mesh's prefix goes into it
    mtu: int
    wanted_mtu: int = 0  # 0: whatever the system carries
    problems: Sequence[ProblemFacts] = ()


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """Wall time, and by how much somebody moved it lately. Seconds."""

    wall: float
    moved: float = 0.0


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """The file with the private key."""

    file: str
    exposure: str = ""  # how others may use it; "" when they may not
    remedy: str = ""  # the command that keeps it to its owner
    problem: str = ""  # why the file is not to be seen


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the verdict depends on."""

    peers: Sequence[PeerFacts]
    listeners: int
    device: DeviceFacts | None  # None: the configuration wants none
    clock: ClockFacts
    key: KeyFacts


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found, for people."""

    name: str
    level: Level
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict, and all checks in a fixed order; a name may come more than once."""

    state: State
    checks: tuple[Check, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentence of every complaint."""
        return tuple(check.sentence for check in self.checks if check.level is not Level.OK)


def judge(facts: Facts) -> Health:
    """What the facts mean. Pure, so that the same facts always give the same verdict."""
    peers = _peers(facts)
    checks = [*_device(facts.device), *peers, _clock(facts.clock), _key(facts.key)]
    state = State.DEGRADED if any(check.level is not Level.OK for check in checks) else State.HEALTHY
    if any(check.level is Level.ERROR for check in peers):  # the only way to be cut off
        state = State.DOWN
    return Health(state, tuple(checks))


# --- the interface ----------------------------------------------------------------------------------------------------


def _device(device: DeviceFacts | None) -> list[Check]:
    if device is None:
        none = "no interface is configured; this node only forwards for others"
        return [Check("device", Level.OK, none)]
    if not device.open:
        lost = "the interface is closed, so programs on this host cannot use the overlay"
        return [Check("device", Level.ERROR, lost, "restart the node")]
    return [_state(device), _mtu(device), *_router(device)]


def _state(device: DeviceFacts) -> Check:
    if not device.up:
        fault = f"{device.name} is down"
    elif not device.addressed:
        fault = f"{device.name} does not have this node's address"
    else:
        return Check("device", Level.OK, f"{device.name} is up and has this node's address")
    return Check("device", Level.ERROR, fault, "find out who changed it; restarting the node sets it again")


def _mtu(device: DeviceFacts) -> Check:
    if device.mtu >= device.wanted_mtu:
        return Check("mtu", Level.OK, f"{device.name} carries {device.mtu} bytes")
    less = f"{device.name} carries {device.mtu} bytes, not the {device.wanted_mtu} that were asked for"
    return Check("mtu", Level.WARNING, less, f'set interface.mtu to {device.mtu}, or to "auto"')


def _router(device: DeviceFacts) -> list[Check]:
    refused = [_problem(problem) for problem in device.problems]
    if device.routed:
        return refused or [Check("router", Level.OK, f"the overlay's addresses are routed into {device.name}")]
    lost = f"the overlay's addresses are not routed into {device.name}"
    return [*refused, Check("router", Level.ERROR, lost, f"add the route: 200::/7 through {device.name}")]


def _problem(problem: ProblemFacts) -> Check:
    told = f"could not {problem.what}: `{problem.command}` said: {problem.output}"
    return Check("router", Level.WARNING if problem.mended else Level.ERROR, told, problem.fix)


# --- the rest ---------------------------------------------------------------------------------------------------------


def _peers(facts: Facts) -> list[Check]:
    wanted = [peer for peer in facts.peers if not peer.inbound]
    linked = [peer for peer in facts.peers if peer.up]
    complaints = [_complaint(peer) for peer in wanted if not (peer.up and peer.trusted)]
    if linked:
        return complaints or [Check("peers", Level.OK, f"links that are up: {len(linked)}")]
    if wanted:
        return [Check("peers", Level.ERROR, "no peer is connected", "see what each of them says"), *complaints]
    if facts.listeners:
        nobody = "no peer is configured, and nobody has connected"
        return [Check("peers", Level.WARNING, nobody, "set peering.peers here or on another node")]
    alone = "there are no peers and no listeners, so no node can be reached"
    return [Check("peers", Level.ERROR, alone, "set peering.peers or peering.listen")]


def _complaint(peer: PeerFacts) -> Check:
    if peer.up:
        unproved = f"peer {peer.remote} has not proved its key yet"
        return Check("peers", Level.WARNING, unproved, "wait; an honest peer proves it within seconds")
    why = f": {peer.last_error}" if peer.last_error else ""
    return Check("peers", Level.WARNING, f"peer {peer.remote} is down{why}", _REMEDIES.get(peer.last_error, _UNREACHED))


def _clock(clock: ClockFacts) -> Check:
    if clock.wall < CLOCK_PLAUSIBLE:
        early = "the clock is years behind, so other nodes hold our announcements for outdated ones"
        return Check("clock", Level.ERROR, early, "set it, and run a time service such as chrony or ntpd")
    if clock.moved:
        jumped = f"the clock was moved by {clock.moved:+.0f} s in the last minutes"
        return Check("clock", Level.WARNING, jumped, "if that happens again, see what sets it besides the time service")
    return Check("clock", Level.OK, "the clock is plausible and steady")


def _key(key: KeyFacts) -> Check:
    if key.problem:
        gone = f"{key.file} cannot be examined: {key.problem}"
        return Check("key", Level.WARNING, gone, "put the key back; the node cannot start again without it")
    if key.exposure:
        exposed = f"{key.file} can be read by others ({key.exposure})"
        return Check("key", Level.ERROR, exposed, f"run: {key.remedy}")
    return Check("key", Level.OK, f"{key.file} is not open to others")
