"""`everleaf init` and `everleaf check`."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from everleaf import identity
from everleaf.cli import defaults, main
from everleaf.config import Config, load
from everleaf.endpoint import Endpoint
from everleaf.platform import platform
from everleaf.privacy import Modes
from vectors.captured import NODE

KEY = NODE["address_and_keys"][0]


@pytest.fixture
def source(tmp_path):
    """A configuration of Yggdrasil's, with a key."""
    path = tmp_path / "yggdrasil.conf"
    path.write_text(f"{{PrivateKey: {KEY['private_key']}\n Peers: [\n tcp://a:1\n]\n LogLookups: true\n}}")
    return path


def test_init_writes_the_defaults_and_check_accepts_them(tmp_path, capsys):
    out = tmp_path / "node.toml"
    assert main(["init", "--out", str(out)]) == 0
    assert load(out) == Config()
    assert "everleaf keygen --out /var/lib/everleaf/identity.key" in capsys.readouterr().err
    assert main(["check", "--config", str(out)]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "this node stays alone" in shown.err


def test_init_replaces_nothing(tmp_path, source):
    out = tmp_path / "node.toml"
    out.write_text("precious")
    assert main(["init", "--out", str(out)]) == 73
    assert main(["init", "--out", str(out), "--from", str(source)]) == 73
    assert out.read_text() == "precious"
    assert not (tmp_path / "identity.key").exists()


def test_import_puts_the_key_into_its_own_file_and_shows_it_nowhere(tmp_path, source, capsys):
    out = tmp_path / "node.toml"
    assert main(["init", "--out", str(out), "--from", str(source)]) == 0
    config = load(out)
    assert config.identity.key_file == str(tmp_path / "identity.key")
    assert identity.load(config.identity.key_file, Modes()).hex() == KEY["seed"]
    assert [uri.text for uri in config.peering.peers] == ["tcp://a:1"]
    shown = capsys.readouterr()
    assert "LogLookups: not needed" in shown.err
    assert KEY["seed"][:8] not in shown.out + shown.err + out.read_text()
    assert out.stat().st_mode & 0o777 == 0o600


def test_import_without_a_key_makes_none(tmp_path, capsys):
    (tmp_path / "y.conf").write_text("{PrivateKeyPath: '/nonexistent/key'}")
    assert main(["init", "--out", str(tmp_path / "node.toml"), "--from", str(tmp_path / "y.conf")]) == 0
    said = capsys.readouterr().err
    assert "PrivateKeyPath: the key stays in /nonexistent/key" in said
    assert "now make a key: everleaf keygen --out /nonexistent/key" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["node.toml", "y.conf"]


@pytest.fixture
def service(tmp_path, monkeypatch):
    """This machine's platform, with its service's directories elsewhere; they are not there yet."""
    paths = {name: str(tmp_path / "host" / name) for name in ("state", "etc")}
    home = replace(
        platform("debian"), state=paths["state"], config=f"{paths['etc']}/node.toml", admin="unix:///run/service/sock"
    )
    monkeypatch.setattr(defaults, "here", lambda: home)
    return home


def test_import_to_where_the_service_looks_makes_what_the_service_can_use(service, source, capsys):
    source.write_text(source.read_text().replace("{", "{AdminListen: unix:///run/yggdrasil.sock\n", 1))
    assert main(["init", "--out", service.config, "--from", str(source)]) == 0
    config = load(service.config)
    assert config.identity.key_file == service.key_file
    assert identity.load(service.key_file, Modes()).hex() == KEY["seed"]
    assert config.admin.listen == Endpoint.parse(service.admin)
    assert f"AdminListen: changed to {service.admin}" in capsys.readouterr().err


def test_import_to_where_the_service_looks_takes_the_key_of_another_file_along(service, tmp_path, capsys):
    assert main(["keygen", "--out", str(tmp_path / "key.pem")]) == 0
    (tmp_path / "y.conf").write_text(f"{{PrivateKeyPath: '{tmp_path / 'key.pem'}'}}")
    assert main(["init", "--out", service.config, "--from", str(tmp_path / "y.conf")]) == 0
    assert load(service.config).identity.key_file == service.key_file
    assert identity.load(service.key_file, Modes()) == identity.load(tmp_path / "key.pem", Modes())
    assert "stays in" not in capsys.readouterr().err


def test_import_of_a_key_with_a_wrong_half_is_refused(tmp_path, source, capsys):
    source.write_text(source.read_text().replace(KEY["public_key"], "00" * 32))
    assert main(["init", "--out", str(tmp_path / "node.toml"), "--from", str(source)]) == 78
    assert "PrivateKey: its second half is not the public key of its first" in capsys.readouterr().err
    assert not (tmp_path / "node.toml").exists()
    assert not (tmp_path / "identity.key").exists()


def test_import_of_a_missing_file_is_a_config_error(tmp_path):
    assert main(["init", "--out", str(tmp_path / "node.toml"), "--from", str(tmp_path / "missing")]) == 78


def test_check_names_file_key_value_and_remedy(config, capsys):
    config.write_text("[interface]\nmtu = 100\n")
    assert main(["check", "--config", str(config)]) == 78
    assert capsys.readouterr().err == (
        f'everleaf: {config}: interface.mtu: must be "auto" or a whole number from 1280 to 65535, not 100; '
        "auto takes as much as the system carries\n"
    )


def test_check_refuses_node_info_that_the_network_does_not_carry(config, capsys):
    config.write_text(f'[nodeinfo]\nname = "{"x" * 16384}"\n')
    assert main(["check", "--config", str(config)]) == 78
    assert "nodeinfo" in capsys.readouterr().err


def test_check_tells_programs_too(config, capsys):
    config.write_text('[overlay]\ngroup_password = "hunter2"\n')
    config.chmod(0o640)
    assert main(["check", "--config", str(config), "--json"]) == 0
    shown = capsys.readouterr()
    assert len(json.loads(shown.out)["cautions"]) == 2
    assert "hunter2" not in shown.out + shown.err


@pytest.mark.parametrize(
    "text",
    [
        '[overlay]\ngroup_password = "twenty characters now"\n[peering]\nlisten = ["tls://[::]:1"]\n',
        '[peering]\nlisten = ["tls://[::]:1?password=hunter2"]\n',
        '[[peering.via]]\ninterface = "eth0"\npeers = ["tls://a:1?password=hunter2"]\n',
    ],
)
def test_check_warns_of_passwords_that_everybody_can_read(text, config, capsys):
    config.write_text(text)
    config.chmod(0o644)
    assert main(["check", "--config", str(config)]) == 0
    said = capsys.readouterr().err
    assert said == f"everleaf: {config}: everybody here can read its passwords (mode 0644); run: chmod o= {config}\n"
    config.chmod(0o640)
    assert main(["check", "--config", str(config)]) == 0
    assert capsys.readouterr().err == ""


def test_check_lets_everybody_read_what_has_no_password(config, capsys):
    config.chmod(0o644)
    assert main(["check", "--config", str(config)]) == 0
    assert capsys.readouterr().err == ""
