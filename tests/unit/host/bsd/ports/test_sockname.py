import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from everleaf.host.base import ListeningPort
from everleaf.host.bsd.ports import sockname

FORMS = [
    ("tcp4", "1.2.3.4:5678", "1.2.3.4", 5678),
    ("tcp4", "0.0.0.0.999", "0.0.0.0", 999),
    ("tcp4", "*.23", "0.0.0.0", 23),
    ("tcp", "*:25", "0.0.0.0", 25),
    ("tcp6", "*.80", "::", 80),
    ("tcp46", "*.22", "::", 22),
    ("udp46", "*.146", "::", 146),
    ("udp4", "127.0.0.1.53", "127.0.0.1", 53),
    ("tcp6", "::1.8187", "::1", 8187),
    ("tcp6", "::1:8187", "::1", 8187),
    ("tcp6", "[1::2]:5", "1::2", 5),
    ("tcp6", "[1::2].5", "1::2", 5),
    ("tcp6", "::.7", "::", 7),
    ("udp6", "fe80::1%lo0.123", "fe80::1%lo0", 123),
    ("udp6", "[fe80::a%em0]:546", "fe80::a%em0", 546),
    ("udp6", "[fe80:4::aede:48ff:fe00:1122]:546", "fe80::aede:48ff:fe00:1122%4", 546),  # the scope is embedded
    ("tcp6", "::ffff:10.0.0.1.443", "10.0.0.1", 443),
    ("tcp6", "[::ffff:a00:1]:443", "10.0.0.1", 443),
    ("tcp6", "200:1234:5678:9abc:def0:1234:5678:9abc.65535", "200:1234:5678:9abc:def0:1234:5678:9abc", 65535),
]
NONE = [
    *("*.*", "*:*", "*", "", ".", ":", "*.0", "*.65536", "*.-1", "*.ssh", "1.2.3", "::1", "1.2.3.4.5.6", "*.2٣"),
    *("[::1]", "[::1:5", "::1]:5", "200:1234:5678:9.9001", "fe80::1%.9", "localhost.22", "01.2.3.4:5"),
]


@pytest.mark.parametrize(("protocol", "text", "address", "port"), FORMS)
def test_sockname_reads_every_documented_form(protocol, text, address, port):
    assert sockname.parse(protocol, text, "sshd", 7) == ListeningPort(protocol[:3], port, address, "sshd", 7)


@pytest.mark.parametrize("text", NONE)
def test_sockname_is_none_for_what_is_no_address_with_a_port(text):
    assert sockname.parse("tcp6", text) is None


@pytest.mark.parametrize("protocol", ["", "tcp5", "tcp64", "xtcp", "icm6", "tcp4 ", "TCP"])
def test_sockname_is_none_for_other_protocols(protocol):
    assert sockname.parse(protocol, "*.22") is None


@given(st.ip_addresses(v=6).filter(lambda a: not a.ipv4_mapped and not a.is_link_local), st.integers(1, 65535))
def test_sockname_finds_the_port_behind_any_address(address, port):
    expected = ListeningPort("udp", port, str(address))
    assert sockname.parse("udp6", f"{address}.{port}") == sockname.parse("udp6", f"[{address}]:{port}") == expected


@example("1%1", ".1")
@given(st.text(alphabet="[]*.:%0123456789abcdef", max_size=40), st.sampled_from(["", ".1", ":22"]))
def test_sockname_never_raises(text, tail):
    found = sockname.parse("tcp6", text + tail)
    assert found is None or 0 < found.port < 65536
