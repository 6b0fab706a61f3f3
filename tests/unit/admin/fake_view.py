"""A node that is only data: what the real one told, turned back into what the admin API reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from everleaf.admin.health import ClockFacts, DeviceFacts, KeyFacts
from everleaf.admin.view import LinkTraffic, MulticastView, PortView
from everleaf.control.links import LinkError, LinkView
from everleaf.control.sessions import SessionEntry
from everleaf.control.views import LookupEntry, PathEntry, PeerState, TreeEntry
from vectors.captured import NODE

NOW = 0.0  # so that the captured ages are exact


@dataclass
class FakeNode:
    root: bytes = bytes(32)
    parent: bytes = bytes(32)
    coords: tuple[int, ...] = ()
    trees: list[TreeEntry] = field(default_factory=list)
    path_entries: list[PathEntry] = field(default_factory=list)
    lookup_entries: list[LookupEntry] = field(default_factory=list)
    session_entries: list[SessionEntry] = field(default_factory=list)
    states: dict[int, PeerState] = field(default_factory=dict)

    def tree(self):
        return self.trees

    def paths(self):
        return self.path_entries

    def lookups(self):
        return self.lookup_entries

    def sessions(self):
        return self.session_entries

    def peers(self):
        return self.states

    def counters(self):
        return {"frames_refused": 3, "announces_refused": 1}


@dataclass
class FakeLinks:
    rows: list[LinkView] = field(default_factory=list)

    def view(self):
        return self.rows

    def counters(self):
        return {"greetings_refused": 2}


LOST = DeviceFacts("tun0", open=False, up=False, addressed=False, routed=False, mtu=0)
STEADY = ClockFacts(1.8e9)
SAFE = KeyFacts("/var/lib/everleaf/identity.key")


@dataclass
class FakeView:
    """An AdminView whose changes are kept in `done`."""

    now: float = NOW
    started_at: float = -60.0
    public_key: bytes = bytes(32)
    node: FakeNode = field(default_factory=FakeNode)
    links: FakeLinks = field(default_factory=FakeLinks)
    device: DeviceFacts | None = LOST
    clock: ClockFacts = STEADY
    key: KeyFacts = SAFE
    listeners: tuple[str, ...] = ("tls://[::]:9001",)
    multicast: tuple[MulticastView, ...] = ()
    traffics: dict[int, LinkTraffic] = field(default_factory=dict)
    answers: dict[tuple[int, bytes], bytes] = field(default_factory=dict)
    listening: tuple[PortView, ...] = ()
    done: list[tuple[str, ...]] = field(default_factory=list)
    added: set[tuple[str, str]] = field(default_factory=set)

    def traffic(self, link):
        return self.traffics.get(link, LinkTraffic())

    def core_counters(self):
        return {"ring_full": 4}

    def add_peer(self, uri, interface):
        if (uri.text, interface) in self.added:
            raise LinkError("peer is already configured")
        self.added.add((uri.text, interface))

    def remove_peer(self, uri, interface):
        if (uri.text, interface) not in self.added:
            raise LinkError("peer is not configured")
        self.added.remove((uri.text, interface))

    def retry_peers(self):
        self.done.append(("retry_peers",))

    async def ask(self, kind, key):
        return self.answers.get((kind, key))

    async def ports(self):
        return self.listening

    async def reload(self):
        self.done.append(("reload",))
        return ["interface"]


def device(name: str, mtu: int) -> DeviceFacts:
    """One that does all it should."""
    return DeviceFacts(name, open=True, up=True, addressed=True, routed=True, mtu=mtu)


def captured(name: str) -> FakeView:
    """Node "A" or "B" of the captured admin sessions."""
    told: dict[str, Any] = {}
    for exchange in NODE["admin_0_5_12"]:
        if exchange["node"] == name and "sent" in exchange and exchange["received"]["status"] == "success":
            told.setdefault(exchange["sent"]["request"], exchange["received"]["response"])
    view = FakeView(public_key=bytes.fromhex(told["getSelf"]["key"]))
    view.device = device(told["getTun"]["name"], told["getTun"]["mtu"])
    view.node.trees = [
        TreeEntry(bytes.fromhex(row["key"]), bytes.fromhex(row["parent"]), row["sequence"])
        for row in told["getTree"]["tree"]
    ]
    view.node.path_entries = [
        PathEntry(bytes.fromhex(row["key"]), tuple(row["path"]), row["sequence"]) for row in told["getPaths"]["paths"]
    ]
    view.node.session_entries = [
        SessionEntry(bytes.fromhex(row["key"]), row["bytes_recvd"], row["bytes_sent"], -row["uptime"])
        for row in told["getSessions"]["sessions"]
    ]
    view.node.lookup_entries = [
        LookupEntry(bytes.fromhex(row["key"]), tuple(row["path"]), row["time"] + 0.5)
        for row in told.get("lookups", {"infos": []})["infos"]
    ]
    view.multicast = tuple(
        MulticastView(row["name"], row["address"], row["beacon"], row["listen"], row["password"])
        for row in told["getMulticastInterfaces"]["multicast_interfaces"]
    )
    for number, row in enumerate(told["getPeers"]["peers"], 1):
        _add_link(view, number, row)
    view.links.rows.reverse()  # the API sorts, whatever order it gets
    return view


def _add_link(view: FakeView, number: int, row: dict[str, Any]) -> None:
    link = LinkView(
        remote=row["remote"],
        up=row["up"],
        inbound=row["inbound"],
        key=bytes.fromhex(row["key"]),
        priority=row["priority"],
        link=number if row["up"] else None,
        since=-row.get("uptime", 0.0),
        last_error=row.get("last_error", ""),
        last_error_at=-row.get("last_error_time", 0) / 1e9,
        interface="",
    )
    view.links.rows.append(link)
    if row["up"]:
        view.node.states[number] = PeerState(row["port"], row["cost"], row["latency"] + 3000, trusted=True)
        view.traffics[number] = LinkTraffic(
            row["bytes_recvd"], row["bytes_sent"], row.get("rate_recvd", 0), row.get("rate_sent", 0)
        )
