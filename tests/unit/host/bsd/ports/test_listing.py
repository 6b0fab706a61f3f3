import pytest

from everleaf.errors import HostError
from everleaf.host.base import ListeningPort
from everleaf.host.bsd.ports import fstat, lsof, netstat
from everleaf.host.bsd.ports.listing import list_ports
from everleaf.host.program import Completed

SOCKETS = """\
udp4  0 0 *.5353 *.*
udp4  0 0 *.5353 *.*
tcp46 0 0 *.22 *.* LISTEN
tcp4  0 0 *.22 *.* LISTEN
tcp6  0 0 ::1.631 *.* LISTEN
udp6  0 0 fe80::1%lo0.123 *.*
"""
OWNERS = """\
p312
cmDNSResponder
f7
tIPv4
PUDP
n*:5353
p313
cbrowser
f7
tIPv4
PUDP
n*:5353
f8
tIPv4
PUDP
n*:40000
p400
cntpd
f3
tIPv6
PUDP
n[fe80:1::1]:123
p1
claunchd
f9
tIPv6
PTCP
n*:22
TST=LISTEN
"""


class Programs:
    """A kernel that only runs commands."""

    def __init__(self, **answers):
        self.answers = answers
        self.ran = []

    def run(self, command):
        self.ran.append(tuple(command))
        return self.answers.get(command[0], Completed(127, "", f"{command[0]}: not found"))


def test_ports_get_every_process_that_has_them_and_only_real_sockets_show():
    programs = Programs(netstat=Completed(0, SOCKETS, ""), lsof=Completed(0, OWNERS, ""))
    assert list_ports(programs, netstat.DARWIN, lsof.DARWIN) == [
        ListeningPort("tcp", 22, "0.0.0.0"),
        ListeningPort("tcp", 22, "::", "launchd", 1),
        ListeningPort("tcp", 631, "::1"),
        ListeningPort("udp", 123, "fe80::1%lo0", "ntpd", 400),
        ListeningPort("udp", 5353, "0.0.0.0", "browser", 313),
        ListeningPort("udp", 5353, "0.0.0.0", "mDNSResponder", 312),
    ]
    assert programs.ran == [netstat.DARWIN.command, lsof.DARWIN.command]


def test_ports_stay_without_owners_when_that_program_fails():
    programs = Programs(netstat=Completed(0, SOCKETS, ""))
    assert ListeningPort("tcp", 631, "::1") in list_ports(programs, netstat.OPENBSD, fstat.OPENBSD)


def test_ports_that_cannot_be_listed_name_the_command_and_its_output():
    programs = Programs(netstat=Completed(1, "", "netstat: sysctl: Operation not permitted\n"))
    with pytest.raises(HostError, match=r"netstat -anl failed with status 1: netstat: sysctl: Operation not permitted"):
        list_ports(programs, netstat.DARWIN)
