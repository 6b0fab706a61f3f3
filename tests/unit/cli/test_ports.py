"""`everleaf ports`, with and without a node that answers."""

from __future__ import annotations

import json

import pytest

from everleaf.cli import main
from everleaf.errors import HostError
from everleaf.host.base import ListeningPort
from unit.admin.fake_view import captured, device

OURS = "201:e3b8:c4d1:c27:7b5:1514:2800:28de"  # of the captured node B
ANOTHER = "201::1"
PORTS = [
    ListeningPort("tcp", 22, "::", "sshd", 812),
    ListeningPort("tcp", 80, "0.0.0.0"),
    ListeningPort("tcp", 631, "::1", "cupsd", 99),
    ListeningPort("tcp", 8080, OURS),
    ListeningPort("tcp", 8080, ANOTHER),
    ListeningPort("udp", 53, "127.0.0.53", "resolver", 70),
    ListeningPort("udp", 123, "fe80::1%lo0"),
]
NOBODY = "unix:///nonexistent/admin.sock"


class FakeHost:
    def listening_ports(self):
        return PORTS


@pytest.fixture(autouse=True)
def host(monkeypatch):
    monkeypatch.setattr("everleaf.host.this_host", FakeHost)


def reached(shown):
    return [(row["port"], row["address"]) for row in json.loads(shown)["ports"] if row["overlay"]]


def test_ports_are_a_table_without_loopback(serve, capsys):
    assert main(["ports", "--endpoint", serve(captured("B"))]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Protocol  Port  Address                               Process  PID  Overlay",
        "tcp       22    ::                                    sshd     812  Yes",
        "tcp       80    0.0.0.0                               -        -    -",
        f"tcp       8080  {OURS}  -        -    Yes",
        "tcp       8080  201::1                                -        -    -",
        "udp       123   fe80::1%lo0                           -        -    -",
    ]


def test_ports_show_loopback_when_asked(serve, capsys):
    assert main(["ports", "--all", "--endpoint", serve(captured("B"))]) == 0
    shown = capsys.readouterr().out
    assert "127.0.0.53" in shown
    assert "::1  " in shown


def test_ports_for_programs_are_complete(serve, capsys):
    assert main(["ports", "--json", "--endpoint", serve(captured("B"))]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert reached(shown.out) == [(22, "::"), (8080, OURS)]
    rows = json.loads(shown.out)["ports"]
    assert [(row["protocol"], row["port"]) for row in rows] == [(port.protocol, port.port) for port in PORTS]


def test_ports_without_a_node_take_every_overlay_address_for_ours_and_say_so(capsys):
    assert main(["ports", "--json", "--endpoint", NOBODY]) == 0
    shown = capsys.readouterr()
    assert reached(shown.out) == [(22, "::"), (8080, OURS), (8080, ANOTHER)]
    assert shown.err.startswith(f"everleaf: no node answers at {NOBODY}: ")
    assert shown.err.endswith("; every address in 200::/7 counts as this host's\n")


def test_ports_show_where_there_are_no_unix_sockets(monkeypatch, capsys):
    """As on Windows: whoever listens is listed all the same."""
    monkeypatch.delattr("socket.AF_UNIX")
    assert main(["ports", "--json"]) == 0
    shown = capsys.readouterr()
    assert "no UNIX sockets on this system" in shown.err
    assert len(json.loads(shown.out)["ports"]) == len(PORTS)


def test_ports_of_a_node_without_an_interface_are_out_of_reach(serve, capsys):
    view = captured("B")
    view.device = None
    assert main(["ports", "--json", "--endpoint", serve(view)]) == 0
    assert reached(capsys.readouterr().out) == []


def test_ports_that_cannot_be_listed_are_one_line(monkeypatch, capsys):
    def refuse(_host):
        raise HostError("netstat -anl failed with status 1: no", fix="run it by hand")

    monkeypatch.setattr(FakeHost, "listening_ports", refuse)
    assert main(["ports", "--endpoint", NOBODY]) == 71
    assert capsys.readouterr() == ("", "everleaf: netstat -anl failed with status 1: no; run it by hand\n")


def test_ctl_shows_ports_as_the_same_table(serve, capsys):
    view = captured("B")
    view.device = device("tun0", 1280)
    view.listening = tuple(PORTS[:1])
    assert main(["ctl", "--endpoint", serve(view), "getPorts"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["tcp", "22", "::", "sshd", "812", "Yes"]
