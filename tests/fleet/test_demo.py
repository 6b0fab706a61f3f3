"""The command line of the toolkit, and the demo from beginning to end."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from itertools import permutations
from pathlib import Path
from uuid import uuid4

import pytest

from everleaf_fleet.cli import COMMANDS, main
from everleaf_fleet.lab import Lab, Topology, process
from everleaf_fleet.lab.node import yggdrasil_is_installed

PROJECT = Path(__file__).parents[2]
FAKE_NODE = Path(__file__).with_name("fake_node.sh")


def fleet(*words, user=(), **variables):
    """One run of `everleaf-fleet`, as people do it."""
    command = [*user, sys.executable, "-m", "everleaf_fleet", *map(str, words)]
    environment = os.environ | variables
    return subprocess.run(
        command, capture_output=True, text=True, timeout=580, check=False, cwd=PROJECT, env=environment
    )


def processes(mark):
    """The command lines of all on this machine whose environment has that variable, whoever they are run by."""
    ((name, value),) = mark.items()
    variable = f"{name}={value}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            if variable in (entry / "environ").read_bytes().split(b"\0"):
                found.append((entry / "cmdline").read_text())
    return found


def check_mesh(done, hosts):
    """Every pair reaches, over hosts that have wires, and something was transferred."""
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    names = [host["name"] for host in found["hosts"]]
    assert names == [f"h{number + 1}" for number in range(hosts)]
    kinds = [host["kind"] for host in found["hosts"]]
    assert kinds == ["everleaf"] * (hosts - 1) + ["yggdrasil" if yggdrasil_is_installed() else "everleaf"]
    wires = {host["name"]: host["peers"] for host in found["hosts"]}
    pairs = {(pair["source"], pair["dest"]): pair for pair in found["pairs"]}
    assert sorted(pairs) == sorted(permutations(names, 2))
    for (source, dest), pair in pairs.items():
        assert pair["milliseconds"] > 0
        assert (pair["path"][0], pair["path"][-1]) == (source, dest)
        assert all(there in wires[here] for here, there in zip(pair["path"], pair["path"][1:], strict=False))
    assert len(found["transfer"]["path"]) > 2
    assert found["transfer"]["bits_per_second"] > 1e6


@pytest.mark.slow
@pytest.mark.interop
@pytest.mark.frozen
def test_demo_of_a_line_reaches_every_pair_across_all_others():
    check_mesh(fleet("demo", "--json", "--shape", "line"), hosts=4)


@pytest.mark.slow
@pytest.mark.interop
@pytest.mark.frozen
def test_demo_of_the_frozen_file_reaches_every_pair_and_leaves_nothing(user):
    mark = {"EVERLEAF_TEST": str(uuid4())}
    with subprocess.Popen([*user, "sleep", "600"], env=os.environ | mark) as left:
        check_mesh(fleet("demo", "--json", user=user, **mark), hosts=4)
        assert processes(mark) == ["sleep\x00600\x00"]
        left.kill()


@pytest.mark.slow
def test_demo_shows_what_went_wrong_on_a_host(tmp_path):
    broken = tmp_path / "everleaf"
    refusal = "\nwait) echo 'no peer in time' >&2; exit 69 ;;\nnever)"
    broken.write_text(FAKE_NODE.read_text().replace('"$(peers)"', '""').replace("\nwait)", refusal))
    done = fleet("demo", "--hosts", "2", "--binary", broken)
    assert done.returncode == 1
    assert "h1: no peer in time" in done.stderr
    assert "h1: /var/log/everleaf.log: empty" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_lists_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["demo", "--hosts", "1"], 64, "--hosts 1 is out of range; choose from 2 to 12"),
        (["demo", "--binary", "/none"], 64, "program /none does not exist; run `make freeze`, or give --binary PATH"),
        (["shell", "--lab", "1", "h1"], 69, "no lab is running; start one: everleaf-fleet demo --keep"),
        (["down", "--lab", "1"], 69, "no lab is running; start one: everleaf-fleet demo --keep"),
    ],
)
def test_a_mistake_is_one_line_with_the_remedy(words, status, said, capsys):
    assert main(words) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith(f"{said}\n")
    assert err.count("\n") == 1


@pytest.mark.slow
def test_shell_runs_a_command_on_a_host(lab):
    assert fleet("shell", "--lab", lab.init, "h2", "sh", "-c", "hostname; exit 3").stdout == "h2\n"
    assert fleet("shell", "--lab", lab.init, "h2", "sh", "-c", "exit 3").returncode == 3


@pytest.mark.slow
def test_down_ends_the_lab(capsys):
    with Lab.running(Topology("line", 2)) as lab:
        assert main(["down", "--lab", str(lab.init)]) == 0
        assert lab.init not in {first.pid for first in process.find("lab")}
    assert capsys.readouterr().err == "the lab and its 2 hosts are gone\n"
