"""Questions about a node, asked through a session: its node info, itself, its peers, its tree.

Answers carry no number, so only the asked key and the kind of question tell what an answer belongs to: all who wait
for the same get the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from everleaf.control.effects import Answer, Effect
from everleaf.control.fading import FadingTable
from everleaf.control.handoff import WriteMessage
from everleaf.control.throttle import TokenBucket
from everleaf.errors import WireError
from everleaf.wire.message import Query, Request, Response, decode, put_keys

TIMEOUT = 6.0  # seconds; the reference's
MAX_ASKERS = 256
ANSWERS_TO_ONE = (1.0, 8.0)  # a second, and at once; a crawler asks all four in a row
ANSWERS_TO_ALL = (32.0, 64.0)
ASKER_MEMORY = 60.0  # seconds; longer than a bucket takes to fill
MAX_REMEMBERED = 1024


class Queries:
    """Both sides: our questions that wait for an answer, and our answers to others.

    With `privacy` only the node info is answered, which says what its owner wrote into it: the other answers name our
    peers and a good part of the network, which is nobody's business then. Who asks runs into his timeout.
    """

    def __init__(
        self,
        public_key: bytes,
        *,
        tree_keys: Callable[[], Sequence[bytes]],
        peer_keys: Callable[[], Sequence[bytes]],
        node_info: bytes = b"{}",
        privacy: bool = False,
    ) -> None:
        """`tree_keys`: all known nodes, our own key included. `peer_keys`: one per link that is up."""
        self._public_key = public_key
        self._tree_keys = tree_keys
        self._peer_keys = peer_keys
        self._node_info = node_info
        self._privacy = privacy
        self._waiting: dict[int, tuple[float, Query, bytes]] = {}  # by token: until when, what, whom
        self._buckets: FadingTable[bytes, TokenBucket] = FadingTable(ASKER_MEMORY, MAX_REMEMBERED)
        self._bucket = TokenBucket(*ANSWERS_TO_ALL)
        self._counters = {
            "queries_private": 0,
            "queries_limited": 0,
            "queries_unasked": 0,  # answers nobody waits for
            "queries_malformed": 0,
            "askers_refused": 0,
        }

    def configure(self, node_info: bytes, privacy: bool) -> None:
        """Answer differently from now on."""
        self._node_info = node_info
        self._privacy = privacy

    # --- asking ------------------------------------------------------------------------------------------------------

    def ask(self, now: float, token: int, kind: Query, key: bytes) -> list[Effect]:
        """Ask `key`; an `Answer(token, ...)` follows, at the latest after 6 s."""
        if len(self._waiting) >= MAX_ASKERS:
            self._counters["askers_refused"] += 1
            return [Answer(token, None)]
        self._waiting[token] = (now + TIMEOUT, kind, key)
        return [WriteMessage(key, Request(kind).encode())]

    def tick(self, now: float) -> list[Effect]:
        """Give up on what nobody answered."""
        self._buckets.fade(now)
        late = [token for token, (until, _, _) in self._waiting.items() if until <= now]
        return [self._answer(token, None) for token in late]

    # --- answering ---------------------------------------------------------------------------------------------------

    def message(self, now: float, key: bytes, message: bytes) -> list[Effect]:
        """A message arrived in the session with `key` (kind byte first)."""
        try:
            match decode(message):
                case Request(query):
                    return self._asked(now, key, query)
                case Response(query, body):
                    return self._answered(key, query, body)
        except WireError:
            self._counters["queries_malformed"] += 1
        return []

    def counters(self) -> dict[str, int]:
        """Questions and answers that came to nothing, by reason."""
        return self._counters | {"askers_evicted": self._buckets.evicted}

    def _asked(self, now: float, key: bytes, query: Query) -> list[Effect]:
        if self._withholds(query):
            self._counters["queries_private"] += 1
            return []
        if not self._may_answer(now, key):
            self._counters["queries_limited"] += 1
            return []
        return [WriteMessage(key, Response(query, self._body(query)).encode())]

    def _answered(self, key: bytes, query: Query, body: bytes) -> list[Effect]:
        tokens = [token for token, (_, kind, whom) in self._waiting.items() if (kind, whom) == (query, key)]
        self._counters["queries_unasked"] += not tokens
        return [self._answer(token, body) for token in tokens]

    def _answer(self, token: int, body: bytes | None) -> Answer:
        del self._waiting[token]
        return Answer(token, body)

    def _body(self, query: Query) -> bytes:
        match query:
            case Query.NODE_INFO:
                return self._node_info
            case Query.SELF:
                entries = str(len(self._tree_keys()))  # a decimal in a string, as the reference has it
                self_ = {"key": self._public_key.hex(), "routing_entries": entries}
                return json.dumps(self_, separators=(",", ":")).encode()
            case Query.PEERS:
                return put_keys(self._peer_keys())
            case Query.TREE:
                return put_keys(self._tree_keys())

    def _withholds(self, query: Query) -> bool:
        return self._privacy and query != Query.NODE_INFO

    def _may_answer(self, now: float, key: bytes) -> bool:
        bucket = self._buckets.get(key) or TokenBucket(*ANSWERS_TO_ONE)
        self._buckets.put(now, key, bucket)
        return bucket.take(now) and self._bucket.take(now)
