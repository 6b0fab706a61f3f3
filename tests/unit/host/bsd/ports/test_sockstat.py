from hypothesis import given
from hypothesis import strategies as st

from everleaf.host.base import ListeningPort
from everleaf.host.bsd.ports import sockstat

FREEBSD = """\
USER     COMMAND    PID   FD  PROTO  LOCAL ADDRESS         FOREIGN ADDRESS
root     sshd         812 3   tcp6   *:22                  *:*
root     sshd         812 4   tcp4   *:22                  *:*
www      Isolated W  1201 19  tcp4   127.0.0.1:8080        *:*
everleaf everleaf    1390 11  tcp46  *:9001                *:*
everleaf everleaf    1390 12  tcp6   200:1234:5678:9abc:def0:1234:5678:9abc:8080 *:*
ntpd     ntpd         700 21  udp6   fe80::1%lo0:123       *:*
root     syslogd      600 6   udp4   *:*                   *:*
?        ?          ?     ?   tcp4   *:2049                *:*
root     sshd         990 4   tcp4   10.0.0.2:22           10.0.0.9:50514
root     devd         500 5   stream /var/run/devd.pipe
"""

NETBSD = """\
USER     COMMAND    PID   FD PROTO  LOCAL ADDRESS         FOREIGN ADDRESS
root     sshd       345    3 tcp6   *.22                  *.*
root     sshd       345    4 tcp    *.22                  *.*
postfix  master     401   13 tcp    127.0.0.1.25          *.*
_ntp     ntpd       299   17 udp6   fe80::1%lo0.123       *.*
root     everleaf   7777  11 tcp6   200:1234:5678:9abc:def0:1234:5678:9abc.8080 *.*
root     dhcpcd     120    9 raw    *.*                   *.*
root     sshd       990    4 tcp    10.0.0.2.22           10.0.0.9.50514
"""


def test_sockstat_of_freebsd_tells_who_listens():
    assert sockstat.parse(FREEBSD) == [
        ListeningPort("tcp", 22, "::", "sshd", 812),
        ListeningPort("tcp", 22, "0.0.0.0", "sshd", 812),
        ListeningPort("tcp", 8080, "127.0.0.1", "Isolated W", 1201),
        ListeningPort("tcp", 9001, "::", "everleaf", 1390),
        ListeningPort("tcp", 8080, "200:1234:5678:9abc:def0:1234:5678:9abc", "everleaf", 1390),
        ListeningPort("udp", 123, "fe80::1%lo0", "ntpd", 700),
        ListeningPort("tcp", 2049, "0.0.0.0"),
    ]


def test_sockstat_of_netbsd_tells_who_listens():
    assert sockstat.parse(NETBSD) == [
        ListeningPort("tcp", 22, "::", "sshd", 345),
        ListeningPort("tcp", 22, "0.0.0.0", "sshd", 345),
        ListeningPort("tcp", 25, "127.0.0.1", "master", 401),
        ListeningPort("udp", 123, "fe80::1%lo0", "ntpd", 299),
        ListeningPort("tcp", 8080, "200:1234:5678:9abc:def0:1234:5678:9abc", "everleaf", 7777),
    ]


def test_sockstat_is_asked_in_each_systems_grammar():
    """FreeBSD knows no ports by name and NetBSD no -P."""
    assert sockstat.FREEBSD.command == ("sockstat", "-46l", "-P", "tcp,udp")
    assert sockstat.NETBSD.command == ("sockstat", "-46ln")


words = st.sampled_from(
    ["root", "sshd", "345", "99999999999", "3", "?", "tcp", "tcp6", "*.22", "*:22", "*.*", "*:*", "[::1]:5", "\n", "\t"]
)


@given(st.lists(words).map(" ".join) | st.text())
def test_sockstat_never_raises(text):
    assert all(0 < port.port < 65536 for port in sockstat.parse(text))
