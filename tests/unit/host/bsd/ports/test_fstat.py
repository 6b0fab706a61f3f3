from hypothesis import given
from hypothesis import strategies as st

from everleaf.host.base import ListeningPort
from everleaf.host.bsd.ports import fstat

OPENBSD = """\
USER     CMD          PID   FD  DEV      INUM        MODE   R/W    SZ|DV
root     sshd       34512    3* internet6 stream tcp 0x0 *:22
root     sshd       34512    4* internet stream tcp 0xffffff00deadbee0 *:22
root     sshd       40011    5* internet stream tcp 0x0 192.168.1.2:22 <-- 192.168.1.9:50514
_ntp     ntpd       41234    6* internet dgram udp 192.168.1.2:11233 <-> 162.159.200.1:123
_syslogd syslogd    21111    4* internet dgram udp *:514
root     a program   7777    9* internet6 stream tcp 0x0 [200:1234:5678:9abc:def0:1234:5678:9abc]:8080
root     relayd      7778   10* internet stream tcp 0x0 127.0.0.1:1 <==> 0x0 127.0.0.1:2
_ntp     ntpd       41234    7* internet6 dgram udp [fe80::1%lo0]:123
root     dhcpleased  1111    8* internet raw icmp 0x0
root     init           1 root  /                2 drwxr-xr-x   r      512
root     init           1    3* unix stream 0x0
"""


def test_fstat_tells_who_has_sockets_without_a_peer():
    assert fstat.parse(OPENBSD) == [
        ListeningPort("tcp", 22, "::", "sshd", 34512),
        ListeningPort("tcp", 22, "0.0.0.0", "sshd", 34512),
        ListeningPort("udp", 514, "0.0.0.0", "syslogd", 21111),
        ListeningPort("tcp", 8080, "200:1234:5678:9abc:def0:1234:5678:9abc", "a program", 7777),
        ListeningPort("udp", 123, "fe80::1%lo0", "ntpd", 41234),
    ]


words = st.sampled_from(
    [
        "root",
        "sshd",
        "345",
        "99999999999",
        "3*",
        "internet",
        "internet6",
        "stream",
        "dgram",
        "tcp",
        "udp",
        "0x0",
        "*:22",
        "\n",
        "\t",
    ]
)


@given(st.lists(words).map(" ".join) | st.text())
def test_fstat_never_raises(text):
    assert all(0 < port.port < 65536 for port in fstat.parse(text))
