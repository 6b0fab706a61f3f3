"""Operational commands: what is typed at the router, and what comes of it."""

from __future__ import annotations

import stat

import pytest

from edgeos.expression import NodeDefError
from edgeos.operational import load, read, script
from edgeos.router import OP_TEMPLATES, Router

COMMANDS = load(OP_TEMPLATES)
RESERVED = {("show",), ("show", "interfaces"), ("restart",), ("generate",)}  # the router's own templates


def operate(router: Router, line: str) -> tuple[int, str]:
    """Type a command outside configuration mode."""
    done = router.execute("bash", "-c", script(COMMANDS, *line.split(" ")))
    return done.returncode, done.stdout


def configured(router: Router, *names: str) -> None:
    """Interfaces whose node does not answer."""
    directory = router.root / "run/everleaf"
    directory.mkdir()
    for name in names:
        (directory / f"{name}.toml").write_text(f'[admin]\nlisten = "unix:///run/everleaf/{name}.sock"\n')


def test_the_commands_are_these():
    typed = {" ".join(path).replace("node.tag", "<value>") for path, command in COMMANDS.items() if command.run}
    assert typed == {
        "show everleaf log",
        "show interfaces everleaf",
        "show interfaces everleaf detail",
        "show interfaces everleaf peers",
        "show interfaces everleaf sessions",
        "show interfaces everleaf <value>",
        "show interfaces everleaf <value> detail",
        "show interfaces everleaf <value> peers",
        "show interfaces everleaf <value> sessions",
        "restart everleaf <value>",
        "generate everleaf private-key <value>",
    }


def test_every_word_on_the_way_has_a_template_of_ours_or_the_routers():
    for path in COMMANDS:
        assert path not in RESERVED  # two packages may not have the same file
        for end in range(1, len(path)):
            assert path[:end] in COMMANDS or path[:end] in RESERVED, path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("run: true\n", "help: is missing"),
        ("help: x\nhelp: y\n", "help: is unknown, or stands here twice"),
        ("help: x\nrnu: true\n", "rnu: is unknown"),
        ("help: x\nrun: true\nfalse\n", "belongs to no field"),
        ("help: x\nrun: printf '\\n'\n", "has a backslash"),
    ],
)
def test_a_template_that_the_shell_reads_otherwise_is_refused(text, words, tmp_path):
    (tmp_path / "node.def").write_text(text)
    with pytest.raises(NodeDefError) as caught:
        read(tmp_path / "node.def")
    assert words in str(caught.value)


@pytest.mark.parametrize("line", ["show everleaf", "restart everleaf", "generate everleaf private-key", "show nothing"])
def test_what_is_no_whole_command_runs_nothing(line):
    with pytest.raises(KeyError):
        script(COMMANDS, *line.split())


def test_show_lists_the_nodes_and_says_which_are_down(router):
    configured(router, "tun0", "tun10", "tun9")
    status, said = operate(router, "show interfaces everleaf")
    assert (status, [line.split()[:2] for line in said.splitlines()[1:]]) == (
        0,
        [["tun0", "down"], ["tun9", "down"], ["tun10", "down"]],
    )
    assert router.calls() == ["sudo /opt/vyatta/bin/sudo-users/everleaf-show interface"]


@pytest.mark.parametrize("view", ["detail", "peers", "sessions"])
def test_show_asks_one_node_or_all(view, router):
    configured(router, "tun0", "tun1")
    status, said = operate(router, f"show interfaces everleaf tun1 {view}")
    assert (status, said.split(":")[0]) == (0, "no node answers at unix")
    assert "tun0" not in said
    _, said = operate(router, f"show interfaces everleaf {view}")
    assert [line for line in said.splitlines() if line.startswith("tun")] == ["tun0", "tun1"]


def test_show_of_one_that_is_not_there_says_so(router):
    status, said = operate(router, "show interfaces everleaf tun5")
    assert (status, said) == (
        71,
        "everleaf: tun5 is not configured, or disabled; see: show interfaces everleaf\n",
    )


def test_the_log_is_that_of_all_nodes(router):
    router.program("bin/journalctl", '#!/bin/sh\necho "$@"\n')
    assert operate(router, "show everleaf log") == (0, "--no-pager --unit=everleaf@*\n")


def test_restart_restarts_what_is_configured(router):
    configured(router, "tun0")
    assert operate(router, "restart everleaf tun0")[0] == 0
    assert operate(router, "restart everleaf tun1")[0] == 71
    assert [call for call in router.calls() if call.startswith("systemctl")] == [
        "systemctl restart everleaf@tun0.service"
    ]


def test_generate_makes_a_key_for_root_alone_and_never_replaces_one(router):
    status, said = operate(router, "generate everleaf private-key mine")
    key = router.root / "config/auth/everleaf/mine"
    assert status == 0
    assert "set interfaces everleaf tunN private-key-file /config/auth/everleaf/mine" in said
    assert (stat.S_IMODE(key.parent.stat().st_mode), stat.S_IMODE(key.stat().st_mode)) == (0o700, 0o600)
    made = key.read_text()
    assert made.splitlines()[1] not in said
    assert operate(router, "generate everleaf private-key mine")[0] == 73
    assert key.read_text() == made


@pytest.mark.parametrize(
    "value", ["$(touch${IFS}/run/hit)", "`touch${IFS}/run/hit`", "x;touch${IFS}/run/hit", "../../etc/x"]
)
@pytest.mark.parametrize("command", ["show interfaces everleaf", "restart everleaf", "generate everleaf private-key"])
def test_a_value_is_never_run(command, value, router):
    status, said = operate(router, f"{command} {value}")
    assert (status, "no interface of everleaf" in said or "cannot be the name" in said) == (64, True)
    assert not (router.root / "run/hit").exists()


def test_what_operators_may_run_as_root_only_shows(router):
    show = "/opt/vyatta/bin/sudo-users/everleaf-show"
    for arguments in ([], ["restart", "tun0"], ["vyatta", "stop", "tun0"]):
        assert router.execute("sudo", show, *arguments).returncode != 0
    assert [call for call in router.calls() if "systemctl" in call] == []


def test_values_are_completed(router):
    configured(router, "tun0", "tun12")
    (router.root / "run/everleaf/tun0.sock").touch()
    for path in (("show", "interfaces", "everleaf", "node.tag"), ("restart", "everleaf", "node.tag")):
        assert router.execute("bash", "-c", COMMANDS[path].allowed).stdout.split() == ["tun0", "tun12"]
