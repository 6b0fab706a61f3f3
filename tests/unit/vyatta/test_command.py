"""`everleaf vyatta`, as the router's templates call it."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from everleaf.address import address_of, text
from everleaf.cli import main
from everleaf.config import loads
from everleaf.vyatta.instance import Instance
from unit.admin.fake_view import captured, device

pytestmark = pytest.mark.usefixtures("root")

TUN0 = Instance("tun0")
TITLE = "interfaces everleaf tun0"
API = """#!/bin/sh
case "$*" in
"listNodes interfaces everleaf tun0") printf "'listen' 'mtu' 'allowed-public-keys' 'firewall'" ;;
"listNodes interfaces everleaf tun0 listen") printf "'tls://[::]:9001' 'tcp://[::]:9002'" ;;
"returnValue interfaces everleaf tun0 mtu") printf 1400 ;;
"returnValues interfaces everleaf tun0 allowed-public-keys") printf "'{0}' '{1}'" ;;
"listNodes interfaces everleaf tun0 listen "*) ;;
*)
	echo "asked for $*" >&2
	exit 1
	;;
esac
"""


@pytest.fixture
def root(monkeypatch):
    """Whoever runs the tests passes for root to the command, and to nothing else."""
    monkeypatch.setattr("everleaf.cli.vyatta.os", SimpleNamespace(geteuid=lambda: 0))


def session(router, script: str) -> None:
    program = router.directory / "cli-shell-api"
    program.write_text(script)
    program.chmod(0o755)


def said(capsys) -> tuple[list[str], list[str]]:
    shown = capsys.readouterr()
    return shown.out.splitlines(), shown.err.splitlines()


def give(monkeypatch, config: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(config))
    return main(["vyatta", "apply", "tun0"])


def config(more: str = "") -> str:
    return f'[identity]\nkey_file = "{TUN0.key_file}"\n[peering]\nlisten = ["tls://[::]:9001"]\n{more}'


def test_render_prints_what_the_session_proposes(router, capsys):
    session(router, API.format("ab" * 32, "cd" * 32))
    assert main(["vyatta", "render", "tun0"]) == 0
    made = loads(capsys.readouterr().out.encode())
    assert [uri.text for uri in made.peering.listen] == ["tls://[::]:9001", "tcp://[::]:9002"]
    assert made.peering.allowed_keys == (b"\xab" * 32, b"\xcd" * 32)
    assert made.interface.mtu == 1400
    assert made.identity.key_file == str(TUN0.key_file)


@pytest.mark.parametrize(
    ("script", "words"),
    [("#!/bin/sh\necho no session >&2\nexit 1\n", "no session; run it in"), (None, "for EdgeOS and VyOS alone")],
)
def test_render_prints_nothing_when_there_is_no_session(script, words, router, capsys):
    if script:
        session(router, script)
    assert main(["vyatta", "render", "tun0"]) == 71
    out, [err] = said(capsys)
    assert out == []
    assert words in err


def test_apply_makes_a_key_tells_it_and_starts(router, monkeypatch, capsys):
    assert give(monkeypatch, config()) == 0
    [line], err = said(capsys)
    assert line.startswith(f"{TITLE}: made a new identity, public key ")
    assert err == []
    assert router.calls == ["start everleaf@tun0.service"]
    assert give(monkeypatch, config()) == 0
    assert said(capsys) == ([], [])
    assert router.calls == []


def test_apply_says_what_is_probably_not_meant(monkeypatch, capsys):
    assert give(monkeypatch, config("[[multicast]]\n")) == 0
    assert [line for line in said(capsys)[1] if line.startswith(f"everleaf: {TITLE}: multicast: ")]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", 64, "no configuration on standard input"),
        ("[interface]\nmtu = 70000\n", 78, f"{TITLE}: interface.mtu: "),
        ("[interface]\nnmae = 1\n", 78, "did you mean name?"),
        ('[identity]\nkey_file = "/nowhere/key"\n', 78, "generate everleaf private-key key"),
        ("x" * 100, 78, "is not TOML"),
    ],
)
def test_apply_changes_nothing_when_the_configuration_is_no_good(text, code, words, router, monkeypatch, capsys):
    assert give(monkeypatch, text) == code
    assert words in said(capsys)[1][-1]
    assert router.calls == []
    assert not TUN0.config_file.exists()


def test_stop_stops_and_forgets(router, monkeypatch):
    give(monkeypatch, config())
    assert main(["vyatta", "stop", "tun0"]) == 0
    assert router.calls == ["start everleaf@tun0.service", "stop everleaf@tun0.service"]
    assert not TUN0.config_file.exists()


def test_restart_is_for_what_is_configured(router, monkeypatch, capsys):
    assert main(["vyatta", "restart", "tun0"]) == 71
    assert "tun0 is not configured, or disabled" in said(capsys)[1][0]
    give(monkeypatch, config())
    assert main(["vyatta", "restart", "tun0"]) == 0
    assert router.calls == ["start everleaf@tun0.service", "restart everleaf@tun0.service"]


@pytest.mark.parametrize("verb", ["apply", "stop", "restart", "generate"])
def test_what_changes_the_router_needs_root(verb, router, monkeypatch, capsys):
    TUN0.write(config())
    monkeypatch.setattr("everleaf.cli.vyatta.os", SimpleNamespace(geteuid=lambda: 1000))
    assert main(["vyatta", verb, "tun0"]) == 77
    assert said(capsys)[1] == ["everleaf: this needs root; run it with sudo"]
    assert router.calls == []


def test_generate_makes_a_key_and_says_how_to_use_it(capsys):
    assert main(["vyatta", "generate", "mine"]) == 0
    out, _ = said(capsys)
    assert [line.split()[0] for line in out[:3]] == ["public", "address", "subnet"]
    path = TUN0.key_file.with_name("mine")
    assert out[3] == f"in configuration mode: set interfaces everleaf tunN private-key-file {path}"
    kept = path.read_bytes()
    assert main(["vyatta", "generate", "mine"]) == 73
    assert path.read_bytes() == kept


def test_generate_makes_nothing_where_there_is_no_router(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("everleaf.vyatta.instance.KEYS", tmp_path / "config/auth/everleaf")
    assert main(["vyatta", "generate", "mine"]) == 71
    assert "config is missing; this command is for EdgeOS and VyOS alone" in said(capsys)[1][0]
    assert not (tmp_path / "config").exists()


@pytest.mark.parametrize("name", ["../tun0.key", "/etc/shadow", "", ".hidden", "a b", "$(reboot)"])
def test_generate_takes_a_plain_name(name, capsys):
    assert main(["vyatta", "generate", name]) == 64
    assert "cannot be the name of a key file" in said(capsys)[1][0]
    assert not TUN0.key_file.parent.exists()


# --- show -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def node(serve):
    """tun0 answers; tun1 is configured, and down."""
    view = captured("A")
    view.device = device("tun0", 65535)
    TUN0.write(f'[admin]\nlisten = "{serve(view)}"\n')
    Instance("tun1").write('[admin]\nlisten = "unix:///nowhere/admin.sock"\n')
    return view


def test_show_lists_all_in_one_table(node, capsys):
    assert main(["vyatta", "show"]) == 0
    (head, first, second), _ = said(capsys)
    assert head.split() == ["Interface", "State", "Address", "MTU", "Peers", "Health"]
    assert first.split()[:5] == ["tun0", "up", text(address_of(node.public_key)), "65535", "2/4"]
    assert second.split() == ["tun1", "down", "-", "-", "-", "-"]


@pytest.mark.parametrize(
    ("view", "words"), [(None, "health      "), ("peers", "URI"), ("sessions", "Public Key"), ("summary", "Interface")]
)
@pytest.mark.usefixtures("node")
def test_show_of_one_is_the_view_asked_for(view, words, capsys):
    assert main(["vyatta", "show", "tun0", *(["--view", view] if view else [])]) == 0
    out, _ = said(capsys)
    assert any(line.startswith(words) for line in out)
    assert not any("tun1" in line for line in out)


@pytest.mark.usefixtures("node")
def test_show_of_all_says_why_one_does_not_answer(capsys):
    assert main(["vyatta", "show", "--view", "peers"]) == 0
    out, _ = said(capsys)
    assert out[0] == "tun0"
    assert out[out.index("tun1") + 1].startswith("no node answers at unix:///nowhere/admin.sock")


def test_show_says_when_there_is_nothing(capsys):
    assert main(["vyatta", "show"]) == 0
    assert said(capsys)[0] == ["no interface of everleaf is configured and enabled"]
    assert main(["vyatta", "show", "tun5"]) == 71


def test_show_of_a_node_without_admin_socket_says_so(capsys):
    TUN0.write('[admin]\nlisten = "none"\n')
    assert main(["vyatta", "show", "tun0"]) == 0
    assert said(capsys)[0] == ["tun0 has no admin socket; delete tun0 admin, and commit"]
