"""What a plan costs: how often it asks a host something."""

from __future__ import annotations

import pytest
from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all
from pyinfra.api.exceptions import FactError
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.context import ctx_host, ctx_state

from everleaf.platform import WINDOWS, platforms
from everleaf_fleet.facts.survey import survey
from everleaf_fleet.facts.together import _MARK
from everleaf_fleet.member import Member
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import Lock
from everleaf_fleet.model.reader import loads

POSIX = [name for name, home in platforms().items() if home.system != WINDOWS]
PROGRAM = "/usr/local/lib/everleaf/everleaf-1.0"
SUM = "a" * 64
FIRST = f"""current={PROGRAM}
previous=
{PROGRAM}
{_MARK}
-rw-r----- 1 root everleaf 119 Nov 25 22:06 /etc/everleaf/node.toml
{SUM}  /etc/everleaf/node.toml
{_MARK}
127.0.0.1 localhost

{_MARK}
riscv64
{_MARK}
Linux
{_MARK}
enabled
{_MARK}
{_MARK}
{{"key": "01"}}
{_MARK}"""
SECOND = f"""{{"public_key": "02"}}
{_MARK}
-rwxr-xr-x 1 root root 119 Nov 25 22:06 {PROGRAM}
{SUM}  {PROGRAM}
{_MARK}
mtu = 1
{_MARK}"""


def asked(platform, responses=None):
    """What a host of the fleet says, and what it was asked for that."""
    text = f'[fleet]\nname = "lab"\nversion = "1.0"\n[hosts.a]\naddress = "192.0.2.1"\nplatform = "{platform}"\n'
    data = {"everleaf": Member(loads(text.encode()), Book(None, Lock()), "a"), "fake_delay": 0, "fake_delay_jitter": 0}
    state = State(Inventory(([("@fake/a", data | {"fake_responses": responses or {}})], {})), Config())
    with ctx_state.use(state):
        connect_all(state)
        [host] = state.inventory
        with ctx_host.use(host):
            return survey(), host.connector.executed_commands


@pytest.mark.parametrize("platform", POSIX)
def test_bare_host_is_asked_two_commands(platform):
    said, commands = asked(platform)
    assert len(commands) == 2
    assert not said.running


def test_installed_host_is_asked_two_commands_and_each_answer_is_read_as_its_own():
    said, commands = asked("debian", {"uname -m": FIRST, "identity --key": SECOND})
    assert len(commands) == 2
    assert (said.programs.version, said.program, said.machine, said.public_key) == ("1.0", SUM, "riscv64", "02")
    assert (said.service.enabled, said.service.running, said.running) == (True, False, True)
    assert said.entries["/etc/everleaf/node.toml"].sha256 == SUM
    assert said.texts == {"/etc/hosts": "127.0.0.1 localhost\n", "/etc/everleaf/node.toml": "mtu = 1\n"}


def test_host_of_another_system_is_refused_before_anything_else_is_asked():
    with pytest.raises(FactError, match=r"is a Linux, not a FreeBSD; correct hosts\.a\.platform in fleet\.toml"):
        asked("freebsd", {"uname -m": FIRST})
