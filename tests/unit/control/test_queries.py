from __future__ import annotations

import pytest

from everleaf.control import queries as limits
from everleaf.control.effects import Answer
from everleaf.control.handoff import WriteMessage
from everleaf.control.queries import TIMEOUT, Queries
from everleaf.wire.message import KEYS_MAX, Query
from vectors.captured import NODE

OURS, PEER, OTHER = (bytes((number,)) * 32 for number in (1, 2, 3))
TREE = [OURS, PEER, OTHER]
NODE_INFO = b'{"name":"here"}'
REQUESTS = {
    Query.NODE_INFO: b"\x02\x01",
    Query.SELF: b"\x02\xff\x01",
    Query.PEERS: b"\x02\xff\x03",
    Query.TREE: b"\x02\xff\x05",
}


def queries_of(tree=TREE, peers=(PEER, PEER), *, privacy: bool = False) -> Queries:
    return Queries(OURS, tree_keys=lambda: tree, peer_keys=lambda: peers, node_info=NODE_INFO, privacy=privacy)


# --- answering -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (Query.NODE_INFO, b"\x02\x02" + NODE_INFO),
        (Query.SELF, b'\x02\xff\x02{"key":"' + OURS.hex().encode() + b'","routing_entries":"3"}'),
        (Query.PEERS, b"\x02\xff\x04" + PEER + PEER),
        (Query.TREE, b"\x02\xff\x06" + OURS + PEER + OTHER),
    ],
)
def test_question_is_answered(query, answer):
    assert queries_of().message(0.0, PEER, REQUESTS[query]) == [WriteMessage(PEER, answer)]


def test_answer_about_itself_is_spelled_like_the_reference_s():
    sample = next(m["sample"] for m in NODE["in_session_messages"] if "getself response" in m["name"])
    key = bytes.fromhex(sample.partition('key":"')[2][:64])
    queries = Queries(key, tree_keys=lambda: [key, PEER], peer_keys=list)
    (answer,) = queries.message(0.0, PEER, REQUESTS[Query.SELF])
    assert answer.message[3:].decode() == sample


@pytest.mark.parametrize("query", [Query.PEERS, Query.TREE])
def test_long_answer_is_cut_at_a_whole_key(query):
    many = [number.to_bytes(32) for number in range(KEYS_MAX + 5)]
    (answer,) = queries_of(many, many).message(0.0, PEER, REQUESTS[query])
    assert answer.message[3:] == b"".join(many[:KEYS_MAX])
    assert len(answer.message) - 1 <= 65535


class Talkative(Queries):
    """The reference's rule: privacy is about the node info alone."""

    def _withholds(self, query):  # noqa: ARG002
        return False


@pytest.mark.parametrize(("kind", "answers"), [(Queries, [Query.NODE_INFO]), (Talkative, list(Query))])
def test_privacy_withholds_all_but_the_node_info(kind, answers):
    queries = kind(OURS, tree_keys=lambda: TREE, peer_keys=lambda: [PEER], privacy=True)
    assert [query for query in Query if queries.message(0.0, PEER, REQUESTS[query])] == answers
    assert queries.counters()["queries_private"] == len(Query) - len(answers)


def test_configure_changes_the_answers():
    queries = queries_of()
    queries.configure(b"{}", True)
    assert queries.message(0.0, PEER, REQUESTS[Query.NODE_INFO]) == [WriteMessage(PEER, b"\x02\x02{}")]
    assert queries.message(0.0, PEER, REQUESTS[Query.TREE]) == []


def test_one_asker_is_answered_once_a_second():
    queries = queries_of()
    answers = [queries.message(tenth / 10, PEER, REQUESTS[Query.TREE]) for tenth in range(100)]
    assert len([answer for answer in answers if answer]) == 8 + 9
    assert queries.message(9.9, OTHER, REQUESTS[Query.TREE])
    assert queries.counters()["queries_limited"] == 83


def test_many_askers_are_answered_at_a_bounded_rate():
    queries = queries_of()
    askers = [number.to_bytes(32) for number in range(1000)]
    assert len([key for key in askers if queries.message(0.0, key, REQUESTS[Query.TREE])]) == 64


def test_remembered_askers_are_limited(monkeypatch):
    monkeypatch.setattr(limits, "MAX_REMEMBERED", 1)
    queries = queries_of()
    queries.message(0.0, PEER, REQUESTS[Query.TREE])
    queries.message(0.0, OTHER, REQUESTS[Query.TREE])
    assert queries.counters()["askers_evicted"] == 1


@pytest.mark.parametrize("message", [b"", b"\x00", b"\x02", b"\x02\x00", b"\x02\xff\x00", b"\x02\x07", b"\x09\x01"])
def test_other_messages_are_ignored(message):
    queries = queries_of()
    assert queries.message(0.0, PEER, message) == []
    assert queries.counters()["queries_malformed"] == 1


# --- asking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", Query)
def test_answer_comes_back_to_its_asker(query):
    queries = queries_of()
    assert queries.ask(0.0, 7, query, PEER) == [WriteMessage(PEER, REQUESTS[query])]
    answer = REQUESTS[query][:-1] + bytes((REQUESTS[query][-1] + 1,)) + b"body"
    assert queries.message(1.0, PEER, answer) == [Answer(7, b"body")]
    assert queries.message(1.0, PEER, answer) == []
    assert queries.counters()["queries_unasked"] == 1
    assert queries.tick(TIMEOUT + 1) == []


class OneAsker(Queries):
    """The reference's rule: one waits for each question and key, the last to ask; the others run into the timeout."""

    def _answered(self, key, query, body):
        return super()._answered(key, query, body)[-1:]


@pytest.mark.parametrize(("kind", "answered"), [(Queries, [1, 2]), (OneAsker, [2])])
def test_all_who_ask_the_same_get_the_answer(kind, answered):
    queries = kind(OURS, tree_keys=lambda: TREE, peer_keys=lambda: [PEER])
    queries.ask(0.0, 1, Query.NODE_INFO, PEER)
    queries.ask(0.5, 2, Query.NODE_INFO, PEER)
    answers = queries.message(1.0, PEER, b"\x02\x02{}")
    assert answers == [Answer(token, b"{}") for token in answered]


@pytest.mark.parametrize(("key", "message"), [(OTHER, b"\x02\x02{}"), (PEER, b"\x02\xff\x02{}")])
def test_answer_to_something_else_is_dropped(key, message):
    queries = queries_of()
    queries.ask(0.0, 1, Query.NODE_INFO, PEER)
    assert queries.message(1.0, key, message) == []


def test_asker_hears_of_silence_after_six_seconds():
    queries = queries_of()
    queries.ask(0.0, 1, Query.SELF, PEER)
    queries.ask(1.0, 2, Query.SELF, PEER)
    assert queries.tick(5.9) == []
    assert queries.tick(6.0) == [Answer(1, None)]
    assert queries.tick(7.0) == [Answer(2, None)]


def test_askers_are_limited(monkeypatch):
    monkeypatch.setattr(limits, "MAX_ASKERS", 1)
    queries = queries_of()
    queries.ask(0.0, 1, Query.SELF, PEER)
    assert queries.ask(0.0, 2, Query.SELF, PEER) == [Answer(2, None)]
    assert queries.counters()["askers_refused"] == 1
