"""What exit statuses and words mean, per system: the texts are those that the systems print."""

import pytest

from everleaf.host.judgement import interface_of, judge, printed
from everleaf.host.program import Completed
from everleaf.host.route import Outcome

DONE, EXISTS, MISSING, REFUSED = Outcome

ADDED = "add net 200::: gateway 200:1::1: File exists\n"
WROTE = "route: writing to routing socket: {}\n"

CASES = [
    ("freebsd", 0, "", "", DONE),
    ("freebsd", 0, "add net 200::: gateway tun0\n", "", DONE),
    ("freebsd", 1, "add net 200::: gateway tun0 fib 0: route already in table\n", "", EXISTS),  # 13
    ("freebsd", 1, "", "route: message indicates error: File exists\n", EXISTS),  # 14, by netlink
    ("freebsd", 1, "delete net 200::: gateway tun0 fib 0: not in table\n", "", MISSING),
    ("freebsd", 1, "", "route: route has not been found\n", MISSING),
    ("freebsd", 1, "", "route: message indicates error: No such process\n", MISSING),
    ("freebsd", 1, "", "route: message indicates error: Operation not permitted\n", REFUSED),
    ("freebsd", 1, "add net 200::: gateway tun0 fib 0: gateway uses the same route\n", "", REFUSED),
    ("freebsd", 68, "", "route: bad address: tun9\n", REFUSED),
    ("freebsd", 1, "", "ifconfig: ioctl (SIOCDIFADDR): Can't assign requested address\n", MISSING),
    ("dragonfly", 1, "", WROTE.format("File exists"), EXISTS),
    ("dragonfly", 1, "delete net 200::: not in table\n", "", MISSING),
    ("netbsd", 0, "", "", DONE),
    ("netbsd", 1, "", WROTE.format("File exists"), EXISTS),
    ("netbsd", 1, ADDED, "", EXISTS),
    ("netbsd", 1, "", WROTE.format("not in table"), MISSING),
    ("netbsd", 1, "", WROTE.format("Network is unreachable"), REFUSED),
    ("netbsd", 1, "", "route: botched keyword: del\nusage: route [-dfLnqSsTtv] cmd [[-qualifers] args]\n", REFUSED),
    ("openbsd", 0, "", "", DONE),
    ("openbsd", 1, "", "", REFUSED),  # -q of newer releases: nobody can tell
    ("openbsd", 1, ADDED, "", EXISTS),
    ("openbsd", 1, "delete net 200::/7: not in table\n", "", MISSING),
    ("openbsd", 1, "", "route: must be root to alter routing table\n", REFUSED),
    ("darwin", 0, "", "", DONE),
    ("darwin", 0, "add net 200::: gateway utun5\n", "", DONE),
    ("darwin", 0, "add net 200::: gateway utun5: File exists\n", WROTE.format("File exists"), EXISTS),
    ("darwin", 0, "", WROTE.format("File exists"), EXISTS),  # -q does not silence it
    ("darwin", 0, "delete net 200::: not in table\n", "", MISSING),
    ("darwin", 0, "", WROTE.format("No such process"), MISSING),
    ("darwin", 0, "", WROTE.format("Network is unreachable"), REFUSED),
    ("darwin", 77, "", "route: must be root to alter routing table\n", REFUSED),
    ("windows", 0, "OK!\n", "", DONE),
    ("windows", 0, "Ok.\n", "", DONE),
    ("windows", 1, "Das Objekt ist bereits vorhanden.\n", "", REFUSED),  # whatever it means
    ("windows", 1, "File exists\n", "", REFUSED),  # no word of Windows is believed
    ("netbsd", 127, "", "route: not found\n", REFUSED),
    ("netbsd", 124, "", "route: no answer in 20 s\n", REFUSED),
]


@pytest.mark.parametrize(("system", "status", "stdout", "stderr", "outcome"), CASES)
def test_judge_knows_what_came_of_a_command(system, status, stdout, stderr, outcome):
    assert judge(system, Completed(status, stdout, stderr)) is outcome


@pytest.mark.parametrize(
    ("completed", "text"),
    [
        (Completed(1, "", "route: must be root\n"), "route: must be root"),
        (
            Completed(1, "add net 200::: File exists\n", "route: writing\n"),
            "route: writing; add net 200::: File exists",
        ),
        (Completed(1, "", ""), "exit status 1 without a word"),
        (Completed(1, " \n", "\n"), "exit status 1 without a word"),
    ],
)
def test_printed_is_one_line_and_never_empty(completed, text):
    assert printed(completed) == text


GOT = """   route to: 200:1::1
destination: 200::
       mask: fe00::
  interface: tun0
 if address: 200:1::1
      flags: <UP,DONE,CLONING>
"""


@pytest.mark.parametrize(
    ("completed", "interface"),
    [(Completed(0, GOT, ""), "tun0"), (Completed(1, "", WROTE.format("not in table")), ""), (Completed(0, "", ""), "")],
)
def test_interface_of_reads_the_way_a_packet_goes(completed, interface):
    assert interface_of(completed) == interface
