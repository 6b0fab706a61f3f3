"""The commands that ask no host."""

from __future__ import annotations

import json

import pytest

from everleaf.platform import platforms
from everleaf_fleet.cli import main
from unit.fleet.test_reader import FLEET


@pytest.fixture
def fleet(tmp_path):
    path = tmp_path / "fleet.toml"
    path.write_text(FLEET)
    return path


def test_check_shows_every_host(fleet, capsys):
    assert main(["check", "--fleet", str(fleet), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [host["host"] for host in shown["hosts"]] == ["fra1", "fra2", "obsd1"]
    assert shown["hosts"][1]["peers"] == ["fra1", "obsd1"]
    assert main(["check", "--fleet", str(fleet)]) == 0
    assert "not known yet" in capsys.readouterr().out


@pytest.mark.parametrize("name", platforms())
def test_check_likes_a_host_of_every_platform(name, fleet):
    fleet.write_text(FLEET.replace("mtu = 1280", f'mtu = 1280\nplatform = "{name}"'))
    assert main(["check", "--fleet", str(fleet)]) == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('node_info = { place = "Berlin" }', "nodeinfo: has something that the router's tree cannot say"),
        ('interface = "wg0"', "'wg0' is no interface of everleaf; they are called tun0 to tun999"),
    ],
)
def test_check_refuses_what_a_router_cannot_be_told(line, words, fleet, capsys):
    fleet.write_text(FLEET.replace("mtu = 1280", f'platform = "edgeos"\n{line}'))
    assert main(["check", "--fleet", str(fleet)]) != 0
    assert words in capsys.readouterr().err


def test_check_refuses_a_mistake_with_its_remedy(fleet, capsys):
    fleet.write_text(FLEET.replace("mtu = 1280", "mtu = 12"))
    assert main(["check", "--fleet", str(fleet)]) == 78
    assert capsys.readouterr().err.startswith(f"everleaf-fleet: {fleet}: hosts.obsd1.mtu: must be")


def test_render_prints_or_writes_the_same_bytes(fleet, tmp_path, capsys):
    assert main(["render", "obsd1", "--fleet", str(fleet), "--json"]) == 0
    files = {file["path"]: file for file in json.loads(capsys.readouterr().out)["files"]}
    assert main(["render", "obsd1", "--fleet", str(fleet), "--out", str(tmp_path / "out")]) == 0
    for path, file in files.items():
        written = tmp_path / "out" / path.lstrip("/")
        assert written.read_text() == file["content"]
        assert f"{written.stat().st_mode & 0o777:04o}" == file["mode"]
    assert main(["render", "obsd1", "--fleet", str(fleet)]) == 0
    assert files["/etc/everleaf/node.toml"]["content"] in capsys.readouterr().out


def test_render_of_an_unknown_host_names_the_known_ones(fleet, capsys):
    assert main(["render", "x", "--fleet", str(fleet)]) == 64
    assert capsys.readouterr().err.endswith("has no host 'x'; it has: fra1, fra2, obsd1\n")
