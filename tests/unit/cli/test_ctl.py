"""`everleaf ctl`, `status` and `wait` against a node that answers."""

from __future__ import annotations

import errno
import json
import socket
import threading
from dataclasses import replace

import pytest

from everleaf.cli import main
from everleaf.cli.tables import answer, table
from everleaf.cli.units import duration, size
from unit.admin.fake_view import FakeView, captured, device
from unit.admin.test_api import ask
from vectors.captured import NODE

KEY_A = "000a80fbb6c1c84dd995dae4f7166210f5d7782fbeef5db2183d6f5a620a2793"
KEY_B = "4711cecbbcf63e12babaf5fff5c85a9097a4905acafbe9ad820e96c04beb78b7"


def healthy() -> FakeView:
    view = captured("B")
    view.node.root = view.node.parent = bytes.fromhex(KEY_A)
    view.node.coords = (1,)
    return view


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", NODE["data_unit_format"], ids=lambda vector: str(vector["bytes"]))
def test_size_is_written_as_yggdrasilctl_writes_it_from_one_kilobyte_on(vector):
    mended = vector["text"] if vector["bytes"] >= 1024 else f"{vector['bytes']}B"
    assert size(vector["bytes"]) == mended


@pytest.mark.parametrize("vector", NODE["duration_format"], ids=lambda vector: vector["text"])
def test_duration_is_written_as_yggdrasilctl_writes_it(vector):
    assert duration(vector["seconds"] + 0.9) == vector["text"]


# --- ctl --------------------------------------------------------------------------------------------------------------


def test_ctl_prints_json_for_programs(serve, capsys):
    view = captured("A")
    assert main(["ctl", "--endpoint", serve(view), "--json", "getTree"]) == 0
    assert json.loads(capsys.readouterr().out) == ask(view, "getTree")["response"]


def cells(text: str) -> list[list[str]]:
    """The words of each line, without the reference's padding and ours."""
    return [line.split() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("request_name", ["getTree", "getTun", "getMulticastInterfaces", "getSessions", "getPaths"])
def test_ctl_shows_the_same_words_as_yggdrasilctl(request_name, serve, capsys):
    [sample] = [
        row for row in NODE["yggdrasilctl_output"] if row["client"] == "0.5.12" and row["args"] == [request_name]
    ]
    view = captured("A")
    assert main(["ctl", "--endpoint", serve(view), request_name]) == 0
    ours, theirs = cells(capsys.readouterr().out), cells(sample["stdout"])
    assert ours[0] == theirs[0]  # the header
    assert [len(row) for row in ours] == [len(row) for row in theirs]  # the sample is of another minute
    assert [row[0] for row in ours] == [row[0] for row in theirs]


def test_ctl_shows_peers_as_a_table(serve, capsys):
    assert main(["ctl", "--endpoint", serve(captured("A")), "getpeers", "sort=cost"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].startswith("URI ")
    assert "15s ago: link schema unknown" in rows[1]
    assert "2s ago: dial tcp 127.0.0.1:1: connect: connection refused" in rows[2]
    assert "11    -" in rows[4]  # dearest last
    assert "1.7KB" in rows[4]


def test_ctl_prints_nothing_for_nothing(serve, capsys):
    view = FakeView()
    assert main(["ctl", "--endpoint", serve(view), "addPeer", "uri=tls://a:1?priority=2", "interface=eth0"]) == 0
    assert capsys.readouterr().out == ""
    assert view.added == {("tls://a:1", "eth0")}


@pytest.mark.parametrize("request_name", ["list", "getSelf", "getCounters", "getStatus", "lookups"])
def test_ctl_shows_every_other_answer(request_name, serve, capsys):
    assert main(["ctl", "--endpoint", serve(captured("A")), request_name]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 5


def test_ctl_fails_with_the_node_s_words(serve, capsys):
    assert main(["ctl", "--endpoint", serve(FakeView()), "removePeer", "uri=tls://a:1"]) == 1
    assert capsys.readouterr().err == "everleaf: peer is not configured\n"


def test_ctl_refuses_an_argument_without_a_value(capsys):
    assert main(["ctl", "--endpoint", "unix:///x", "getPeers", "sort"]) == 64
    assert "write key=value" in capsys.readouterr().err


def test_ctl_takes_the_socket_from_the_configuration(serve, config, capsys):
    endpoint = serve(FakeView())
    config.write_text(f'[admin]\nlisten = "{endpoint}"\n')
    assert main(["ctl", "--config", str(config), "getTun"]) == 0
    assert capsys.readouterr().out == "TUN enabled: false\n"
    config.write_text('[admin]\nlisten = "none"\n')
    assert main(["ctl", "--config", str(config), "getTun"]) == 78


@pytest.mark.parametrize("endpoint", ["nonsense", "tcp://[::1]", "unix://x"])
def test_ctl_refuses_a_bad_endpoint(endpoint):
    assert main(["ctl", "--endpoint", endpoint, "getTun"]) == 64


@pytest.mark.parametrize("endpoint", ["unix:///nonexistent/admin.sock", "tcp://127.0.0.1:1"])
def test_ctl_names_the_socket_that_does_not_answer(endpoint, capsys):
    assert main(["ctl", "--endpoint", endpoint, "getTun"]) == 69
    shown = capsys.readouterr().err
    assert f"no node answers at {endpoint}: " in shown
    assert "is it running" in shown


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n", b"[]", b"{}"])
def test_ctl_knows_that_something_else_answers(said, capsys):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_say_once, args=(listening, said))
        thread.start()
        endpoint = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        assert main(["ctl", "--endpoint", endpoint, "getTun"]) == 69
        thread.join()
    assert "what answers is no node" in capsys.readouterr().err


def _say_once(listening: socket.socket, said: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(said)


def test_table_keeps_foreign_text_on_its_line():
    assert table(["A", "B"], [["x\n\x1b[2J", 1], ["", 22]]) == "A       B\nx??[2J  1\n        22"


def test_answer_without_a_table_is_json():
    assert json.loads(answer("getNodeInfo", {"k": {"name": "é\n"}})) == {"k": {"name": "é\n"}}


# --- status and wait --------------------------------------------------------------------------------------------------


def test_status_is_one_screen_and_0_when_healthy(serve, capsys):
    assert main(["status", "--endpoint", serve(healthy())]) == 0
    shown = capsys.readouterr().out
    assert "address     201:e3b8:c4d1:c27:7b5:1514:2800:28de" in shown
    assert "interface   hBtun1, MTU 65535" in shown
    assert f"depth 1 below root {KEY_A[:16]}; nodes known: 2" in shown
    assert "health      healthy\n  ok       device   hBtun1 is up and has this node's address\n" in shown
    assert len(shown.splitlines()) < 25


def test_status_is_1_when_degraded_and_says_why_and_what_to_do(serve, capsys):
    view = healthy()
    view.device = replace(device("tun0", 1500), wanted_mtu=9000)
    view.links.rows = [replace(row, last_error="\x1b[2J") for row in view.links.rows]
    assert main(["status", "--endpoint", serve(view)]) == 1
    shown = capsys.readouterr().out
    assert "health      degraded\n" in shown
    assert "  warning  mtu      tun0 carries 1500 bytes, not the 9000 that were asked for\n" in shown
    assert '                    -> set interface.mtu to 1500, or to "auto"\n' in shown
    assert "\x1b" not in shown


def test_status_is_2_when_no_peer_is_up(serve, capsys):
    view = FakeView(device=device("tun0", 1280))
    view.links.rows = [replace(row, up=False, inbound=False) for row in captured("B").links.rows]
    view.node.root = view.public_key
    assert main(["status", "--endpoint", serve(view), "--json"]) == 2
    shown = json.loads(capsys.readouterr().out)
    assert (shown["health"], shown["reasons"][0]) == ("down", "no peer is connected")


def test_status_is_2_when_no_node_answers(capsys):
    assert main(["status", "--endpoint", "unix:///nonexistent/admin.sock", "--json"]) == 2
    shown = json.loads(capsys.readouterr().out)
    assert shown["health"] == "down"
    assert shown["reasons"][0].startswith("no node answers at unix:///nonexistent/admin.sock: ")


def test_wait_ends_when_there_are_enough_peers(serve, capsys):
    assert main(["wait", "--endpoint", serve(healthy()), "--peers", "2", "--timeout", "0"]) == 0
    assert capsys.readouterr() == ("", "")


def test_wait_gives_up_and_says_what_is_missing(serve, capsys):
    endpoint = serve(healthy())
    assert main(["wait", "--endpoint", endpoint, "--peers", "3", "--timeout", "0"]) == 69
    assert "not ready after 0 s: 2 of 3 peers are connected" in capsys.readouterr().err
    assert main(["wait", "--endpoint", "unix:///nonexistent/a", "--timeout", "0"]) == 69
    assert "not ready after 0 s: no node answers at" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--timeout", "nan"], "nan is no number of seconds"),
        (["--timeout", "inf"], "inf is no number of seconds"),
        (["--timeout=-1"], "-1 is no number of seconds"),
        (["--timeout", "soon"], "soon is no number of seconds"),
        (["--peers=-1"], "-1 is no number of links"),
        (["--peers", "all"], "all is no number of links"),
    ],
)
def test_wait_refuses_what_it_could_wait_for_in_vain(words, what, capsys):
    assert main(["wait", *words]) == 64
    assert what in capsys.readouterr().err


def test_ctl_without_a_request_asks_for_that_alone(capsys):
    assert main(["ctl"]) == 64
    assert "the following arguments are required: REQUEST; see" in capsys.readouterr().err


def test_socket_that_this_user_may_not_open_says_who_may(monkeypatch, capsys):
    def refuse(_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("everleaf.cli.client._connect", refuse)
    assert main(["ctl", "--endpoint", "unix:///run/admin.sock", "getPeers"]) == 69
    said = capsys.readouterr().err
    assert said.endswith("Permission denied; run this as root, or as a user of the node's group\n")
