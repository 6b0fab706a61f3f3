from hypothesis import given
from hypothesis import strategies as st

from everleaf.host.base import ListeningPort
from everleaf.host.bsd.ports import lsof

DARWIN = """\
p312
cmDNSResponder
f7
tIPv4
PUDP
n*:5353
f8
tIPv6
PUDP
n*:5353
p500
cGoogle\\x20Chrome
f30
tIPv4
PTCP
n10.0.0.5:49160->17.57.146.20:5223
TST=ESTABLISHED
TQR=0
TQS=0
f31
tIPv6
PTCP
n[200:1234:5678:9abc:def0:1234:5678:9abc]:8080
TST=LISTEN
f32
tIPv4
PTCP
n127.0.0.1:9229
TST=CLOSED
f33
tIPv6
PUDP
n[fe80:4::1]:123
p1
claunchd
f9
tIPv6
PTCP
n*:22
TST=LISTEN
TQR=0
"""


def test_lsof_tells_who_listens():
    assert lsof.parse(DARWIN) == [
        ListeningPort("udp", 5353, "0.0.0.0", "mDNSResponder", 312),
        ListeningPort("udp", 5353, "::", "mDNSResponder", 312),
        ListeningPort("tcp", 8080, "200:1234:5678:9abc:def0:1234:5678:9abc", "Google Chrome", 500),
        ListeningPort("udp", 123, "fe80::1%4", "Google Chrome", 500),
        ListeningPort("tcp", 22, "::", "launchd", 1),
    ]


lines = st.sampled_from(
    ["p1", "px", "p", "cx", "f3", "tIPv4", "tIPv6", "PTCP", "PUDP", "n*:22", "n[::1]:5", "n->:", "TST=LISTEN", "T", "é"]
)


@given(st.lists(lines).map("\n".join) | st.text())
def test_lsof_never_raises(text):
    assert all(0 < port.port < 65536 for port in lsof.parse(text))
