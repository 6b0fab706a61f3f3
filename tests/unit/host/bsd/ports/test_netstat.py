from hypothesis import given
from hypothesis import strategies as st

from everleaf.host.base import ListeningPort
from everleaf.host.bsd.ports import netstat

DARWIN = """\
Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address                                Foreign Address       (state)
tcp4       0      0  10.0.0.5.49160                               17.57.146.20.5223     ESTABLISHED
tcp4       0      0  *.23                                         *.*                   LISTEN
tcp6       0      0  ::1.8187                                     *.*                   LISTEN
tcp46      0      0  *.22                                         *.*                   LISTEN
tcp6       0      0  200:1234:5678:9abc:def0:1234:5678:9abc.8080  *.*                   LISTEN
tcp4       0      0  *.*                                          *.*                   CLOSED
tcp4       0      0  127.0.0.1.631                                *.*                   CLOSED
udp46      0      0  *.146                                        *.*
udp4       0      0  10.0.0.5.123                                 17.253.14.125.123
udp6       0      0  fe80::1%lo0.123                              *.*
udp4       0      0  *.*                                          *.*
icm6       0      0  *.*                                          *.*
Active LOCAL (UNIX) domain sockets
Address          Type   Recv-Q Send-Q            Inode             Conn             Refs          Nextref Addr
f1d2a3b4c5d6e7f8 stream      0      0 f1d2a3b4c5d6e7f8                0                0                0 /var/run/x
Registered kernel control modules
id       flags    pcbcount rcvbuf   sndbuf   name
       1        9        0   131072   131072 com.apple.flow-divert
"""

OPENBSD = """\
Active Internet connections (including servers)
Proto   Recv-Q Send-Q  Local Address          Foreign Address        TCP-State
tcp          0      0  192.168.1.2.22         192.168.1.9.50514      ESTABLISHED
tcp          0      0  *.22                   *.*                    LISTEN
tcp          0      0  127.0.0.1.25           *.*                    LISTEN
udp          0      0  *.514                  *.*
udp          0      0  192.168.1.2.11233      162.159.200.1.123
ip           0      0  *.*                    *.*                    17
tcp6         0      0  *.22                   *.*                    LISTEN
tcp6         0      0  200:1234:5678:9abc:def0:1234:5678:9abc.8080 *.*          LISTEN
udp6         0      0  fe80::1%lo0.123        *.*
"""


def test_netstat_of_darwin_tells_who_listens():
    assert netstat.parse(DARWIN) == [
        ListeningPort("tcp", 23, "0.0.0.0"),
        ListeningPort("tcp", 8187, "::1"),
        ListeningPort("tcp", 22, "::"),
        ListeningPort("tcp", 8080, "200:1234:5678:9abc:def0:1234:5678:9abc"),
        ListeningPort("udp", 146, "::"),
        ListeningPort("udp", 123, "fe80::1%lo0"),
    ]


def test_netstat_of_openbsd_tells_who_listens():
    assert netstat.parse(OPENBSD) == [
        ListeningPort("tcp", 22, "0.0.0.0"),
        ListeningPort("tcp", 25, "127.0.0.1"),
        ListeningPort("udp", 514, "0.0.0.0"),
        ListeningPort("tcp", 22, "::"),
        ListeningPort("tcp", 8080, "200:1234:5678:9abc:def0:1234:5678:9abc"),
        ListeningPort("udp", 123, "fe80::1%lo0"),
    ]


def test_netstat_is_asked_for_whole_addresses():
    """Without these letters an overlay address is cut after 16 characters, and no port would be found on it."""
    assert netstat.DARWIN.command == ("netstat", "-anl")
    assert netstat.OPENBSD.command == ("netstat", "-anv")


words = st.sampled_from(
    [
        "tcp4",
        "tcp",
        "udp6",
        "0",
        "*.*",
        "*.22",
        "::1.8187",
        "LISTEN",
        "CLOSED",
        "1.2.3.4.99999999999999",
        "\t",
        "\n",
        "?",
    ]
)


@given(st.lists(words).map(" ".join) | st.text())
def test_netstat_never_raises(text):
    assert all(0 < port.port < 65536 for port in netstat.parse(text))
