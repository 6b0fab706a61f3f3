"""What a plan says of a real mesh in a lab: bare, as wanted, and after somebody had his hands on it."""

import json
import subprocess
import sys

import pytest

from everleaf_fleet.lab import Lab, Topology
from fleet.mesh import HOME, Mesh

pytestmark = [pytest.mark.slow, pytest.mark.interop]

BARE = [
    ("program", "none"), ("service file", "absent"), ("configuration", "absent"), ("service", "disabled"),
    ("service", "stopped"), ("identity", "none"),
]  # fmt: skip


def told(row):
    """What differs on a host, without the words of whoever refused."""
    return [(one["what"], one["found"].partition(": ")[0]) for one in row["differences"]]


@pytest.fixture(scope="module")
def mesh(tmp_path_factory):
    with Lab.running(Topology("line", 3)) as lab:
        mesh = Mesh(lab, tmp_path_factory.mktemp("fleet"))
        mesh.bare = mesh.plan()
        assert mesh.apply() == (0, dict.fromkeys(lab.topology.hosts, "changed"))
        yield mesh


def test_plan_of_bare_hosts_names_everything_that_is_missing(mesh):
    assert mesh.bare == (2, dict.fromkeys(mesh.lab.topology.hosts, BARE))


def test_plan_of_a_mesh_that_was_just_applied_is_empty(mesh):
    assert mesh.plan() == (0, {"h1": [], "h2": [], "h3": []})


def test_plan_tells_what_somebody_changed_on_disk_and_in_the_running_node_and_apply_mends_it(mesh):
    first, second, third = mesh.lab.hosts
    first.run("sh", "-c", f"sed -i 's/^level.*/level = \"debug\"/' {HOME.config}")
    second.run(f"{HOME.versions}/service", "stop")
    third.run("everleaf", "ctl", "addPeer", "uri=tcp://192.0.2.1:9")
    mesh.wants(h3="mtu = 1500")
    status, found = mesh.run("plan")
    assert status == 2
    assert told(found["h1"]) == [
        ("configuration", "root:root 0640, another content"),
        ("node", "not read since it changed"),
    ]
    assert told(found["h2"]) == [("service", "stopped")]
    assert sorted(told(found["h3"])) == [
        ("configuration", "root:root 0640, another content"),
        ("interface", "1400"),
        ("peer", "dialled"),
        ("peer", "down"),
    ]
    assert "-mtu = 1400\n+mtu = 1500\n" in found["h3"]["differences"][0]["diff"]
    assert mesh.apply() == (0, dict.fromkeys(found, "changed"))
    assert mesh.plan() == (0, {"h1": [], "h2": [], "h3": []})


def test_apply_restarts_a_node_that_was_changed_by_hand_while_it_ran(mesh):
    pid = mesh.pid("h2")
    mesh.host("h2").run("everleaf", "ctl", "addPeer", "uri=tcp://192.0.2.1:9")
    assert mesh.apply("--host", "h2") == (0, {"h2": "changed"})
    assert mesh.pid("h2") != pid
    assert mesh.plan("--host", "h2") == (0, {"h2": []})


def test_host_that_does_not_answer_is_shown_as_such_and_the_others_still_are(mesh):
    mesh.wants(more='[hosts.far]\nconnector = "ssh"\naddress = "127.0.0.1"\nssh = { port = 1 }\npeers = ["h3"]')
    status, found = mesh.plan()
    assert status == 69
    problem = found.pop("far")
    assert problem.endswith("to port 1 on 127.0.0.1); see address, connector and ssh of hosts.far")
    assert [type(differences) for differences in found.values()] == [list] * 3


def test_nothing_is_changed_where_nobody_is_there_to_be_asked(mesh):
    command = [word for word in mesh.words("rotate", "h1") if word != "--yes"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
        env=mesh.environment,
    )
    assert (done.returncode, done.stdout) == (64, "")
    assert "nobody is there to be asked; say --yes, after a look at: everleaf-fleet plan" in done.stderr


KEYS = """
fleet = { name = "lab", version = "1" }
defaults.peers = ["tls://192.0.2.9:1"]
hosts.a = { address = "192.0.2.1", ssh = { key = "missing" } }
hosts.b = { address = "192.0.2.2", ssh = { key = "encrypted" } }
"""


def test_key_that_cannot_be_used_is_told_of_its_host(tmp_path):
    """Neither of them is asked for anything: what is wrong is here."""
    (tmp_path / "fleet.toml").write_text(KEYS)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", tmp_path / "encrypted"], check=True)
    command = [sys.executable, "-m", "everleaf_fleet", "plan", "--json"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 69
    problems = [host["problem"] for host in json.loads(done.stdout)["hosts"]]
    assert "missing" in problems[0]
    assert "is encrypted" in problems[1]
    assert all(problem.endswith("; see ssh.key, or leave it out and use an ssh-agent") for problem in problems)
    assert "Traceback" not in done.stderr
