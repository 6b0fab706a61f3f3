"""The deploy against a bare host, with a node that is a shell script."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from everleaf.platform import platform
from everleaf_fleet.lab import Lab, Topology

pytestmark = pytest.mark.slow

STATUS = "everleaf_fleet.deploys.status"
SITE = Path(__file__).parents[2] / "deploy" / "site.py"
FAKE_NODE = Path(__file__).with_name("fake_node.sh")
THERE = platform("linux")
STEPS = ["program", "identity", "configuration", "process", "peers"]


class Target:
    """A host, and the deploy of it."""

    def __init__(self, lab, host):
        self.names = f"@lab/{lab.init}/{host.name}"
        self.run = host.run
        self.attempt = host.attempt

    def deploy(self, **arguments):
        return deploy(self.names, **arguments)

    def changed(self, **data):
        """The steps that changed something in a deploy that succeeds."""
        done = self.deploy(**data)
        assert done.returncode == 0, done.stderr
        results = json.loads(done.stdout)["results"]["operations"]
        return [result["name"].rpartition("| ")[2] for result in results if result["success"]]

    def pid(self):
        return int(self.run("cat", THERE.pidfile))

    def program(self):
        return self.run("readlink", THERE.binary).strip()


def deploy(names, binary=FAKE_NODE, mode="-y", what=SITE, **data):
    settings = {"everleaf_binary": binary} | {f"everleaf_{key}": value for key, value in data.items()}
    words = [word for key, value in settings.items() for word in ("--data", f"{key}={value}")]
    command = [sys.executable, "-m", "pyinfra", mode, "--json", *words, names, what]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def hosts():
    """Hosts for the tests of this module, each for one: bare ones, and those that have been deployed in one go."""
    with Lab.running(Topology("line", 12)) as lab:
        bare, ready = lab.hosts[:3], lab.hosts[3:]
        done = deploy(",".join(f"@lab/{lab.init}/{host.name}" for host in ready))
        assert done.returncode == 0, done.stderr
        yield {"bare": iter([Target(lab, host) for host in bare]), "ready": iter([Target(lab, host) for host in ready])}


@pytest.fixture
def bare(hosts):
    return next(hosts["bare"])


@pytest.fixture
def target(hosts):
    return next(hosts["ready"])


@pytest.fixture
def other_node(tmp_path):
    """`other_node(text)`: the fake node with another line in it."""

    def write(text):
        first, rest = FAKE_NODE.read_text().split("\n", 1)
        path = tmp_path / "other_node"
        path.write_text(f"{first}\n{text}\n{rest}")
        return path

    return write


def test_deploy_brings_up_a_bare_host_and_changes_nothing_twice(bare):
    assert bare.changed() == STEPS
    pid = bare.pid()
    assert bare.changed() == []
    assert bare.pid() == pid


def test_deploy_leaves_the_key_to_its_owner_alone(target):
    assert target.run("stat", "-c", "%a %a", THERE.key_file).split()[0] == "600"
    assert target.run("stat", "-c", "%a", str(Path(THERE.key_file).parent)) == "700\n"
    assert target.run("stat", "-c", "%a", THERE.config) == "600\n"


def test_deploy_never_replaces_or_shows_a_key(target):
    secret = target.run("cat", THERE.key_file)
    done = target.deploy(name="renamed")
    assert target.run("cat", THERE.key_file) == secret
    assert secret.strip() not in done.stdout + done.stderr


def test_deploy_restarts_a_node_whose_config_changed(target):
    pid = target.pid()
    assert target.changed(mtu=1400) == ["configuration", "process", "peers"]
    assert target.pid() != pid
    assert "mtu = 1400" in target.run("cat", THERE.config)


def test_deploy_starts_a_node_that_was_killed(target):
    target.run("kill", "-9", str(target.pid()))
    assert target.changed() == ["process", "peers"]


def test_deploy_restarts_what_an_interrupted_run_left_behind(target):
    target.run("touch", THERE.config)  # newer than the process, whoever wrote it
    assert target.changed() == ["process", "peers"]


def test_deploy_switches_to_another_program_and_keeps_the_one_before(target, other_node):
    before, pid = target.program(), target.pid()
    assert target.changed(binary=other_node("# newer"), version="2.0") == ["program", "process", "peers"]
    assert target.program() == f"{THERE.versions}/everleaf-2.0"
    assert target.pid() != pid
    target.run("test", "-x", before)


def test_deploy_does_not_switch_to_a_program_that_fails_its_selftest(target, other_node):
    before, pid = target.program(), target.pid()
    done = target.deploy(binary=other_node('test "$1" != selftest || { echo "cpu too old" >&2; exit 1; }'))
    assert done.returncode != 0
    assert "cpu too old" in done.stderr
    assert (target.program(), target.pid()) == (before, pid)


def test_deploy_keeps_the_config_when_the_node_refuses_the_new_one(target, other_node):
    config = target.run("cat", THERE.config)
    refusing = other_node('test "$1" != check || { echo "node.toml: interface.mtu: too small" >&2; exit 78; }')
    done = target.deploy(binary=refusing, mtu=3)
    assert done.returncode != 0
    assert "interface.mtu: too small" in done.stderr
    assert target.run("cat", THERE.config) == config


def test_deploy_names_a_program_that_is_not_there(bare):
    done = bare.deploy(binary="/none/everleaf")
    assert done.returncode != 0
    assert "everleaf_binary is '/none/everleaf', which is no file here; run `make freeze`" in done.stdout + done.stderr


def test_a_dry_run_tells_what_would_change_and_changes_nothing(bare):
    done = bare.deploy(mode="--dry")
    plan = json.loads(done.stdout)["plan"]
    changes = [step["name"].rpartition("| ")[2] for step in plan if step["hosts_with_change"]]
    assert changes == STEPS[:-1]
    assert bare.attempt("test", "-e", THERE.versions).returncode == 1


def test_status_is_content_with_a_healthy_node_and_fails_on_another(target):
    assert target.deploy(what=STATUS).returncode == 0
    target.run("kill", "-9", str(target.pid()))
    target.run("rm", THERE.pidfile)
    done = target.deploy(what=STATUS)
    assert done.returncode != 0
    assert "no answer" in done.stderr
