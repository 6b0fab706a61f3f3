"""Link URIs by the reference's rules, its words for the errors included."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.uri import LATER, SUPPORTED, LinkURI, UriError

KEY = "ab" * 32
PLAIN = {
    "path": "",
    "keys": (),
    "priority": 0,
    "password": b"",
    "max_backoff": None,
    "sni": "",
    "zone": "",
}


def parse(text, **options):
    return LinkURI.parse(text, **options)


@pytest.mark.parametrize(
    ("text", "host", "tcp_port", "zone"),
    [
        ("tcp://a.example:9001", "a.example", 9001, ""),
        ("tls://192.0.2.1:1", "192.0.2.1", 1, ""),
        ("tcp://[2001:db8::1]:65535", "2001:db8::1", 65535, ""),
        ("tls://[fe80::1%25eth0]:9001", "fe80::1", 9001, "eth0"),
    ],
)
def test_uri_names_an_endpoint(text, host, tcp_port, zone):
    uri = parse(text)
    assert (uri.host, uri.tcp_port, uri.zone) == (host, tcp_port, zone)
    assert uri == LinkURI(
        scheme=text[:3], host=host, tcp_port=tcp_port, text=text, original=text, **{**PLAIN, "zone": zone}
    )


def test_uri_of_a_socket_has_its_decoded_path():
    uri = parse("unix:///run/a%20b.sock?priority=2")
    assert (uri.scheme, uri.path, uri.host, uri.tcp_port, uri.priority) == ("unix", "/run/a b.sock", "", 0, 2)
    assert uri.text == "unix:///run/a%20b.sock"


@pytest.mark.parametrize("text", ["tcp://[::]:0", "tcp://:9001", "tls://0.0.0.0:9001", "ws://[::]:80"])
def test_uri_to_listen_on_may_leave_out_host_and_port(text):
    assert parse(text, listen=True).text == text


def test_uri_has_every_parameter():
    uri = parse(
        f"TLS://h:1?key={KEY}&key={KEY[2:]}&priority=255&password=p%C3%A4ss+word&maxbackoff=1h30m&sni=s.example&x=y"
    )
    assert uri.keys == (b"\xab" * 32, b"\xab" * 31)
    assert (uri.priority, uri.password.decode(), uri.max_backoff, uri.sni) == (255, "päss word", 5400, "s.example")
    assert uri.text == "tls://h:1"
    assert uri.original.startswith("TLS://h:1?key=")


def test_uri_counts_the_first_of_repeated_parameters_and_ignores_empty_ones():
    assert parse("tcp://h:1?priority=1&priority=2").priority == 1
    uri = parse("tcp://h:1?priority=&password=&maxbackoff=&sni=&")
    assert (uri.priority, uri.password, uri.max_backoff, uri.sni) == (0, b"", None, "")


def test_uri_to_listen_on_ignores_what_only_dialling_needs():
    uri = parse("tls://[::]:1?key=zz&maxbackoff=zz&sni=!&password=p&priority=3", listen=True)
    assert (uri.keys, uri.max_backoff, uri.sni, uri.password, uri.priority) == ((), None, "", b"p", 3)


def test_uri_drops_its_fragment():
    assert parse("tcp://h:1?priority=1#x").text == "tcp://h:1"


@pytest.mark.parametrize("sni", ["192.0.2.1", "2001:db8::1"])
def test_sni_that_is_an_address_is_ignored(sni):
    assert parse(f"tls://h:1?sni={sni}").sni == ""


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5s", 5), ("30s", 30), ("1.5m", 90), ("1h1m1s", 3661), ("5000ms", 5), ("%2B7.s", 7), ("6000000us", 6),
     (".5m", 30), ("8000000µs", 8), ("9000000000ns", 9)],
)  # fmt: skip
def test_max_backoff_is_a_duration_as_go_writes_it(text, seconds):
    assert parse(f"tcp://h:1?maxbackoff={text}").max_backoff == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["4.9s", "30", "0", "s", "-30s", "1d", "5s5", "1_0s", "\u0663s", "1e3s", "9" * 30 + "h", "+7s"]
)
def test_max_backoff_that_is_none_is_refused(text):
    with pytest.raises(UriError, match="max backoff duration invalid"):
        parse(f"tcp://h:1?maxbackoff={text}")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tcp://h:1?priority=256", "priority value is invalid"),
        ("tcp://h:1?priority=-1", "priority value is invalid"),
        ("tcp://h:1?priority=%2B1", "priority value is invalid"),
        ("tcp://h:1?priority=" + "9" * 5000, "priority value is invalid"),
        ("tcp://h:1?key=xyz", "pinned public key is invalid"),
        ("tcp://h:1?key=abc", "pinned public key is invalid"),
        ("tcp://h:1?key=ab%20cd", "pinned public key is invalid"),
        ("tcp://h:1?password=" + "x" * 65, "invalid password supplied"),
        ("tcp://h:1?password=" + "%41" * 65, "invalid password supplied"),
        ("foo://x", "link schema unknown"),
        ("", "link schema unknown"),
        ("x", "link schema unknown"),
    ],
)
def test_uri_error_has_the_words_of_the_reference(text, problem):
    with pytest.raises(UriError) as caught:
        parse(text)
    assert caught.value.problem == problem
    assert caught.value.fix


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.1:9001", "://h:1", "tcp:h:1", "tcp://h", "tcp://h:", "tcp://h:0", "tcp://h:65536", "tcp://h:1x",
        "tcp://:1", "tcp://[]:1", "tcp://[::1:1", "tcp://[x]:1", "tcp://2001:db8::1:1", "tcp://[fe80::1%eth0]:1",
        "tcp://a..b:1", "tcp://a b:1", "tcp://-%00:1", "tcp://h:1\n", "tcp://\ud800:1", "unix://", "unix:///", "unix://h/p",
        "unix:///a%00b", "tcp://h:1?password=50%", "tcp://h:1?password=a;b",
    ],
)  # fmt: skip
def test_uri_that_does_not_parse_is_refused(text):
    with pytest.raises(UriError, match=r"^unable to parse peering URI: ") as caught:
        parse(text)
    assert caught.value.fix


def test_sni_that_is_no_host_name_is_refused():
    with pytest.raises(UriError, match="server name is invalid"):
        parse("tls://h:1?sni=a%00b")


@pytest.mark.parametrize("scheme", ["wss", "socks", "sockstls"])
def test_uri_to_dial_only_is_no_place_to_listen(scheme):
    assert parse(f"{scheme}://h:1/p").scheme == scheme
    with pytest.raises(UriError, match=scheme):
        parse(f"{scheme}://h:1/p", listen=True)


def test_uri_says_which_transports_this_release_has():
    texts = {scheme: "unix:///p" if scheme == "unix" else f"{scheme}://h:1" for scheme in SUPPORTED | LATER}
    assert {scheme for scheme, text in texts.items() if parse(text).supported} == SUPPORTED


def test_uri_keeps_its_secrets_out_of_its_repr():
    assert "hunter2" not in repr(parse("tcp://h:1?password=hunter2"))


@given(
    st.text(max_size=60).map(lambda tail: f"tcp://{tail}")
    | st.text(max_size=60)
    | st.text(max_size=60).map("tls://h:1?{}".format)
)
def test_parse_raises_nothing_but_uri_error(text):
    try:
        uri = parse(text)
    except UriError:
        return
    again = parse(uri.text)
    assert (again.scheme, again.host, again.tcp_port, again.zone, again.path, again.text) == (
        uri.scheme, uri.host, uri.tcp_port, uri.zone, uri.path, uri.text,
    )  # fmt: skip


@given(st.binary(max_size=64))
def test_password_comes_back_from_percent_encoding(password):
    encoded = "".join(f"%{byte:02x}" for byte in password)
    assert parse(f"tcp://h:1?password={encoded}").password == password
