"""getPorts, which `everleaf ports` shows too."""

from __future__ import annotations

from everleaf.errors import HostError
from everleaf.host.base import ListeningPort
from unit.admin.fake_view import FakeView, captured, device
from unit.admin.test_api import ask

SSH = ListeningPort("tcp", 22, "::", "sshd", 812)
DNS = ListeningPort("udp", 53, "127.0.0.1")


def test_ports_tell_protocol_place_process_and_reach():
    view = captured("B")
    view.listening = (SSH, DNS)
    assert ask(view, "getPorts")["response"] == {
        "ports": [
            {"protocol": "tcp", "port": 22, "address": "::", "process": "sshd", "pid": 812, "overlay": True},
            {"protocol": "udp", "port": 53, "address": "127.0.0.1", "process": None, "pid": None, "overlay": False},
        ]
    }


def test_ports_of_our_own_address_are_reached_and_those_of_others_not():
    other = "201:e3b8:c4d1:c27:7b5:1514:2800:28df"
    view = captured("B")
    view.listening = tuple(
        ListeningPort("tcp", 80, address) for address in ("201:e3b8:c4d1:c27:7b5:1514:2800:28de", other)
    )
    assert [row["overlay"] for row in ask(view, "getPorts")["response"]["ports"]] == [True, False]


def test_ports_are_not_reached_through_an_interface_that_is_closed():
    view = FakeView(listening=(SSH,))
    assert not ask(view, "getPorts")["response"]["ports"][0]["overlay"]
    view.device = device("tun0", 1280)
    assert ask(view, "getPorts")["response"]["ports"][0]["overlay"]


def test_ports_that_cannot_be_listed_are_an_error_with_its_remedy():
    class Deaf(FakeView):
        async def ports(self):
            raise HostError("netstat -anl failed", fix="run it by hand")

    assert ask(Deaf(), "getPorts")["error"] == "netstat -anl failed; run it by hand"
