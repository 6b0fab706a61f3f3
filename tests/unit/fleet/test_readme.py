"""The toolkit's README: its tables are the options themselves, and its commands can be typed."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, Field
from pathlib import Path
from typing import Any

import pytest

from everleaf.config.option import options
from everleaf.platform import managers, platforms
from everleaf_fleet import deploys
from everleaf_fleet.cli import COMMANDS
from everleaf_fleet.model.fleet import HostSpec, Ssh
from everleaf_fleet.model.options import (
    FleetTable,
    GateTable,
    HostOptions,
    HostTable,
    PeerTable,
    SshOptions,
    UpgradeTable,
)
from everleaf_fleet.model.reader import loads
from unit.fleet.test_new import commands, is_known

ROOT = Path(__file__).parents[3]
README = (ROOT / "deploy" / "README.md").read_text()
HEAD = "| key | default | what it is |\n|---|---|---|\n"
HOST = {item.name for item in options(HostOptions)}
TABLES = [
    ("`[fleet]`", options(FleetTable)),
    ("`[defaults]`, `[groups.NAME]`, `[hosts.NAME]`", options(HostOptions)),
    ("`ssh` in these", options(SshOptions)),
    ("`[hosts.NAME]` alone", [item for item in options(HostTable) if item.name not in HOST]),
    ("`[peers.NAME]`", options(PeerTable)),
    ("`[upgrade]`", [item for item in options(UpgradeTable) if "section" not in item.metadata]),
    ("`gate` in it", options(GateTable)),
]


def shown(item: Field[Any]) -> str:
    """The default as one writes it; nothing where it follows from something else, which the text says then."""
    value = HostSpec.__dataclass_fields__[item.name].default if item.name in HOST else item.default
    match value:
        case _ if value is MISSING:
            return "" if item.name in HOST else "must be given"
        case Ssh() | None:
            return ""
        case float():
            return f'`"{value:g}s"`'
    return f"`{json.dumps(value)}`"


def table(found: list[Field[Any]]) -> str:
    """A table of the README as it must stand there."""
    return HEAD + "".join(f"| `{item.name}` | {shown(item)} | {item.metadata['doc']} |\n" for item in found)


@pytest.mark.parametrize(("title", "found"), TABLES, ids=[title for title, _ in TABLES])
def test_reference_is_what_the_reader_knows(title, found):
    assert f"**{title}**\n\n{table(found)}\n" in README


def test_platforms_are_those_of_the_node():
    head = "| `platform` | is | `manager` | MTU at most |\n|---|---|---|---|\n"
    rows = "".join(
        f"| `{name}` | {row.title} | `{row.manager}` | {row.mtu_ceiling} |\n" for name, row in platforms().items()
    )
    assert head + rows + "\n" in README


def test_every_manager_is_named():
    assert [name for name in managers() if f"`{name}`" not in README] == []


def test_every_command_has_its_row():
    for name, does in COMMANDS.items():
        assert re.search(rf"(?m)^\| `everleaf-fleet {name}[^`]*` \| ", README), f"{name}: {does}"


def test_example_is_a_fleet():
    example = re.search(r"(?ms)^```toml\n(.*?)^```", README)
    assert example
    fleet = loads(example[1].encode())
    assert (fleet.hosts["obsd1"].peers, fleet.hosts["obsd1"].mtu) == (("fra1", "tls://public.example:443"), 1280)


def test_only_commands_that_exist_are_named(monkeypatch):
    monkeypatch.chdir(ROOT / "deploy")
    assert [words for words in commands(README) if not is_known(words)] == []


def test_every_deploy_has_its_row():
    listed = set(re.findall(r"(?m)^\| `([a-z]+)` \| ", README.partition("deploys.` | does")[2].partition("\n\n")[0]))
    assert listed == {name for name, it in vars(deploys).items() if hasattr(it, "deploy_name")}
