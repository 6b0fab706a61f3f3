"""The captured conversations of the real node, replayed: same requests, same data, same text."""

from __future__ import annotations

import json

import pytest

from everleaf import __version__, gojson
from everleaf.admin import api
from everleaf.admin.stream import MalformedRequest, Request, RequestReader
from everleaf.errors import ConfigError
from everleaf.wire.message import Query
from unit.admin.fake_view import FakeView, captured
from vectors.captured import NODE

EXCHANGES = [e for e in NODE["admin_0_5_12"] if "sent" in e]
REPLAYED = [e for e in EXCHANGES if e["sent"]["request"] != "list"]  # ours is longer: compared by itself
RAW_EXCHANGES = [e for e in NODE["admin_0_5_12"] if "sent_raw" in e]
QUERIES = {
    "getNodeInfo": Query.NODE_INFO,
    "debug_remoteGetSelf": Query.SELF,
    "debug_remoteGetPeers": Query.PEERS,
    "debug_remoteGetTree": Query.TREE,
}
OWN_COMMANDS = {"getcounters", "gethealth", "getports", "getstatus", "reload", "retrypeers"}


def run(coroutine):
    """The result of a coroutine that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


def converse(view: FakeView, sent: bytes) -> str:
    """Everything a connection would answer."""
    reader, received = RequestReader(), ""
    reader.feed(sent)
    try:
        while request := reader.next_request():
            received += run(api.answer(view, request))
            if not request.keepalive:
                break
    except MalformedRequest as malformed:
        received += api.refuse(malformed)
    return received


def ask(view: FakeView, name: str, **arguments):
    """The whole answer to one request, decoded."""
    return json.loads(run(api.answer(view, Request(name, arguments, keepalive=False))))


def as_newer_release(text: str) -> str:
    """A captured text as 0.5.14 words it."""
    for old in ("Failed to", "No request", "No remote", "Unknown action"):
        text = text.replace(f'"{old}', f'"{old[0].lower()}{old[1:]}')
    return text.replace("tun.GetTUNRequest", "getTunRequest")  # our type, where the real node names its own


def as_we_are(response: dict) -> dict:
    """A captured getSelf response, as a node of our build would give it."""
    return response | {"build_name": "everleaf", "build_version": __version__}


def captured_with_answers(exchange) -> FakeView:
    """The node of an exchange; remote nodes will answer as they did then."""
    view = captured(exchange["node"])
    kind, response = QUERIES.get(exchange["sent"]["request"]), exchange["received"]["response"]
    if kind is not None and response:
        [answer] = response.values()
        key = bytes.fromhex(exchange["sent"]["arguments"]["key"])
        keys = kind in (Query.PEERS, Query.TREE)
        view.answers[kind, key] = bytes.fromhex("".join(answer["keys"])) if keys else json.dumps(answer).encode()
    if exchange["received"].get("error") == "peer is already configured" or exchange["sent"]["request"] == "removePeer":
        view.added.add((exchange["sent"]["arguments"]["uri"], ""))
    if exchange["received"].get("error") == "peer is not configured":
        view.added.clear()
    return view


@pytest.mark.parametrize("exchange", REPLAYED, ids=lambda e: f"{e['node']}-{e['sent']['request']}")
def test_answer_is_what_the_real_node_sent(exchange):
    expected = exchange["received"]
    if exchange["sent"]["request"] == "getSelf":
        expected = expected | {"response": as_we_are(expected["response"])}
    text = converse(captured_with_answers(exchange), json.dumps(exchange["sent"]).encode())
    assert text == as_newer_release(gojson.encode(expected, indent=2)) + "\n"


@pytest.mark.parametrize("exchange", RAW_EXCHANGES, ids=lambda e: e["sent_raw"])
def test_answer_is_byte_for_byte_what_the_real_node_sent(exchange):
    expected = as_newer_release(exchange["received_raw"])
    expected = expected.replace('"yggdrasil"', '"everleaf"').replace('"0.5.12"', f'"{__version__}"')
    assert converse(captured("A"), exchange["sent_raw"].encode()) == expected


def test_list_has_every_command_of_the_real_node_and_ours():
    [exchange] = [e for e in EXCHANGES if e["sent"]["request"] == "list"]
    ours = {row["command"]: row for row in ask(FakeView(), "list")["response"]["list"]}
    theirs = {row["command"]: row for row in exchange["received"]["response"]["list"]}
    theirs["getpeers"]["fields"] = ["sort"]  # since 0.5.13
    assert {name: ours[name] for name in theirs} == theirs
    assert set(ours) - set(theirs) == OWN_COMMANDS
    assert list(ours) == sorted(ours)


def test_request_names_and_fields_match_in_any_case():
    sent = b'{"REQUEST":"GETNODEINFO","Arguments":{"KEY":"zz"},"other":1}'
    assert "invalid byte: U+007A 'z'" in converse(FakeView(), sent)


def test_arguments_may_be_null():
    assert json.loads(converse(FakeView(), b'{"request":"gettun","arguments":null}'))["status"] == "success"


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("getNodeInfo", {}, "no remote public key supplied"),
        ("getNodeInfo", {"key": "abc"}, "failed to decode public key: encoding/hex: odd length hex string"),
        ("getNodeInfo", {"key": "ab"}, "invalid public key length"),
        ("getNodeInfo", {"key": "ab" * 32}, "timed out waiting for response"),
        ("getNodeInfo", {"key": 5}, "json: cannot unmarshal number into Go struct field key of type string"),
        ("debug_remoteGetTree", {}, "invalid public key length"),
        ("debug_remoteGetSelf", {"key": "ab" * 32}, "timeout"),
        ("addPeer", {"uri": "foo://x"}, "link schema unknown"),
        ("addPeer", {"uri": ""}, "link schema unknown"),
        ("addPeer", {"uri": "tls://a:1?key=zz"}, "pinned public key is invalid"),
        ("addPeer", {"uri": "tls://a:1?maxbackoff=1s"}, "max backoff duration invalid"),
        ("removePeer", {"uri": "tls://a:1"}, "peer is not configured"),
        ("nosuch", {}, "unknown action 'nosuch', try 'list' for help"),
    ],
)
def test_error_text_is_the_reference_s(name, arguments, error):
    answer = ask(FakeView(), name, **arguments)
    assert (answer["status"], answer["error"], answer["response"]) == ("error", error, None)


def test_node_info_that_is_no_json_is_an_error():
    view = FakeView(answers={(Query.NODE_INFO, b"\xab" * 32): b"{"})
    assert ask(view, "getNodeInfo", key="ab" * 32)["error"].startswith("failed to marshal response: ")


@pytest.mark.parametrize("body", [b"[" * 5000 + b"]" * 5000, b"NaN", b"1e999", b"\xff", b"9" * 5000])
def test_node_info_that_we_could_not_print_is_an_error(body):
    view = FakeView(answers={(Query.NODE_INFO, b"\xab" * 32): body})
    assert ask(view, "getNodeInfo", key="ab" * 32)["status"] == "error"


def test_node_info_that_is_empty_is_null():
    view = FakeView(answers={(Query.NODE_INFO, b"\xab" * 32): b""})
    assert ask(view, "getNodeInfo", key="AB" * 32)["response"] == {"ab" * 32: None}


def test_remote_keys_ignore_a_tail_that_is_no_key():
    view = FakeView(answers={(Query.PEERS, b"\xab" * 32): bytes(32) + b"tail"})
    [answer] = ask(view, "debug_remoteGetPeers", key="ab" * 32)["response"].values()
    assert answer == {"keys": ["00" * 32]}


def test_remote_keys_are_an_empty_object_when_there_are_none():
    view = FakeView(answers={(Query.PEERS, b"\xab" * 32): b""})
    assert list(ask(view, "debug_remoteGetPeers", key="ab" * 32)["response"].values()) == [{}]


def test_tables_are_empty_lists_when_there_is_nothing():
    view = FakeView()
    answers = [ask(view, name)["response"] for name in ("getPeers", "getTree", "getPaths", "getSessions", "lookups")]
    assert answers == [{"peers": []}, {"tree": []}, {"paths": []}, {"sessions": []}, {"infos": []}]


def test_tun_that_is_closed_has_no_name():
    assert ask(FakeView(), "getTun")["response"] == {"enabled": False}


def test_counters_come_by_part_and_sorted():
    response = ask(FakeView(), "getCounters")["response"]
    assert list(response) == ["core", "links", "node"]
    assert list(response["node"]) == ["announces_refused", "frames_refused"]


def test_reload_and_retry_reach_the_node():
    view = FakeView()
    assert ask(view, "reload")["response"] == {"needs_restart": ["interface"]}
    assert ask(view, "retryPeers")["response"] == {}
    assert view.done == [("reload",), ("retry_peers",)]


def test_reload_of_a_bad_configuration_is_an_error_with_its_remedy():
    class Broken(FakeView):
        async def reload(self):
            raise ConfigError("node.toml", "log.level", "is wrong", fix="mend it")

    assert ask(Broken(), "reload")["error"] == "node.toml: log.level: is wrong; mend it"
