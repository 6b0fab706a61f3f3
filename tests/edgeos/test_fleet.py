"""A router that belongs to a fleet: its owner types what `everleaf-fleet render` prints. And one truth about paths."""

from __future__ import annotations

import contextlib
import re

import pytest

from edgeos.configuration import Refused
from edgeos.router import OP_TEMPLATES, PACKAGE, TEMPLATES
from edgeos.test_session import TUN0, commit, config
from everleaf.config import loads
from everleaf.platform import platforms
from everleaf.uri import LinkURI
from everleaf.vyatta.instance import Instance
from everleaf_fleet.cli import main

KEY = "ab" * 32
FLEET = """
[fleet]
name = "lab"
version = "1.0"
[hosts.fra1]
address = "192.0.2.1"
listen = ["tls://[::]:9001"]
[hosts.erx]
address = "192.168.1.1"
platform = "edgeos"
peers = ["fra1", "tcp://public.example:443"]
listen = ["tls://[::]:9001"]
allowed_keys = ["fra1"]
mtu = 1400
log_level = "warning"
"""
ROUTERS = [home for home in platforms().values() if home.manager == "vyatta"]


@pytest.fixture
def rendered(tmp_path, capsys):
    """`rendered(fleet)`: what is printed for the router."""

    def render(text):
        (tmp_path / "fleet.toml").write_text(text)
        (tmp_path / "fleet.lock").write_text(f'[hosts.fra1]\npublic_key = "{KEY}"\n')
        assert main(["render", "erx", "--fleet", str(tmp_path / "fleet.toml")]) == 0
        return capsys.readouterr().out

    return render


def type_in(session, script):
    """As its owner does: what is deleted may not be there."""
    for line in script.splitlines():
        if line.startswith("delete "):
            with contextlib.suppress(Refused):
                session.type(line)
        elif line.startswith("set "):
            session.type(line)
    return commit(session, "")


def test_router_runs_what_the_fleet_wants_and_its_owner_s_own_options_stay(session, router, rendered):
    type_in(session, rendered(FLEET))
    made = config(router, "tun0")
    assert made.peering.peers == tuple(
        map(LinkURI.parse, ("tcp://public.example:443", f"tls://192.0.2.1:9001?key={KEY}"))
    )
    assert (made.peering.allowed_keys, made.interface.mtu, made.log.level) == ((bytes.fromhex(KEY),), 1400, "warning")
    assert made.nodeinfo.data == {"name": "erx"}
    commit(session, f"set {TUN0} description mesh")
    assert type_in(session, rendered(FLEET)) == []
    type_in(session, rendered(FLEET.replace(', "tcp://public.example:443"', "").replace("mtu = 1400", "")))
    assert f"set {TUN0} description mesh" in session.active.commands()
    assert [uri.text for uri in config(router, "tun0").peering.peers] == ["tls://192.0.2.1:9001"]
    assert config(router, "tun0").interface.mtu == "auto"


def test_another_interface_is_used_when_the_fleet_says_so(session, router, rendered):
    type_in(session, rendered(FLEET.replace("mtu = 1400", 'interface = "tun7"')))
    assert router.is_active("tun7")


def test_script_is_one_that_the_router_s_shell_reads(rendered, router):
    script = rendered(FLEET).partition("\n")[2]
    (router.root / "script").write_text(script)
    assert router.execute("bash", "-n", "/script").stdout == ""
    inside = script[script.index("configure\n") :]
    assert re.fullmatch(r"configure\n((set|delete) interfaces everleaf tun0 .+\n)+commit\nsave\nexit\n", inside)


@pytest.mark.parametrize("home", ROUTERS, ids=lambda home: home.name)
def test_platform_s_row_says_where_the_package_has_everything(home):
    instance = Instance("tun0")
    assert (home.config, home.key_file, home.admin) == (
        str(instance.config_file), str(instance.key_file), instance.admin,
    )  # fmt: skip
    unit = (PACKAGE / "root/lib/systemd/system/everleaf@.service").read_text().replace("%i", "tun0")
    assert f"ExecStart={home.binary} run --config {home.config} --pidfile {home.pidfile}\n" in unit
    texts = [path.read_text() for tree in (TEMPLATES, OP_TEMPLATES) for path in tree.rglob("node.def")]
    called = {word for text in texts for word in re.findall(r"[/a-z]*bin/everleaf(?![\w-])", text)}
    assert called == {home.binary}


def test_configuration_of_the_file_and_of_the_tree_are_the_same(session, router, rendered):
    """What the node is told there is what another platform's host would be told."""
    type_in(session, rendered(FLEET))
    text = rendered(FLEET.replace('"edgeos"', '"debian"')).partition("# --- /etc/everleaf/node.toml")[2]
    wanted = loads(text[: text.index("# --- ")].partition("\n")[2].encode())
    made = config(router, "tun0")
    assert (made.log, made.nodeinfo, made.peering.allowed_keys) == (
        wanted.log, wanted.nodeinfo, wanted.peering.allowed_keys,
    )  # fmt: skip
    assert {uri.original for uri in made.peering.peers} == {uri.original for uri in wanted.peering.peers}
