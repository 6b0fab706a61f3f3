"""The deploys against bare hosts of a lab, with a node that is a shell script."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from everleaf.platform import platform
from everleaf_fleet.lab import Lab, Topology
from everleaf_fleet.model import lock as locks

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
FAKE_NODE = HERE / "fake_node.sh"
DEPLOYS = "everleaf_fleet.deploys"
HOME = platform("linux")
NEVER_WELL = """case $1 in wait) echo "not ready; see the log" >&2; exit 69 ;; status) exit 2 ;; esac"""
NEW = [
    "directories", "new program", "identity", "lock of the key", "program", "configuration", "names", "service files",
    "service", "lock of the program",
]  # fmt: skip


def pyinfra(lab, files, *words, binary=FAKE_NODE, mode="-y", what="install"):
    """One run of pyinfra's own command line over the fleets in these files."""
    fleets = {"EVERLEAF_LAB": str(lab.init), "EVERLEAF_FLEETS": ":".join(map(str, files))}
    command = [sys.executable, "-m", "pyinfra", mode, "--json", "--data", f"everleaf_binary={binary}", *words]
    return subprocess.run(
        [*command, str(HERE / "inventory.py"), f"{DEPLOYS}.{what}"],
        capture_output=True, text=True, timeout=300, check=False, env=os.environ | fleets,
    )  # fmt: skip


class Target:
    """A host, alone in a fleet of its own."""

    def __init__(self, lab, host, directory):
        self.lab = lab
        self.name = host.name
        self.run = host.run
        self.attempt = host.attempt
        self.file = directory / f"{host.name}.toml"
        self.wants()

    def wants(self, *, version="1.0", gate="1s", **options):
        """Write the fleet's file: what the host should be from now on."""
        said = "\n".join(f"{key} = {json.dumps(value)}" for key, value in options.items())
        self.file.write_text(
            f'[fleet]\nname = "test"\nversion = "{version}"\n[upgrade.gate]\nwithin = "{gate}"\n'
            f'[hosts.{self.name}]\naddress = "{self.name}"\nplatform = "linux"\nconnector = "lab"\n{said}\n'
        )

    def deploy(self, *words, **arguments):
        return pyinfra(self.lab, [self.file], *words, **arguments)

    def changed(self, **arguments):
        """The steps that changed something in a deploy that succeeds."""
        done = self.deploy(**arguments)
        assert done.returncode == 0, done.stderr
        return steps(json.loads(done.stdout)["results"]["operations"], "success")

    def plan(self, **arguments):
        """The steps that a dry run says would change something."""
        done = self.deploy(mode="--dry", **arguments)
        assert done.returncode == 0, done.stderr
        return steps(json.loads(done.stdout)["plan"], "hosts_with_change")

    @property
    def lock(self):
        return locks.load(locks.beside(self.file)).hosts

    def pid(self):
        return int(self.run("cat", HOME.pidfile))

    def program(self):
        return self.run("readlink", HOME.binary).strip()

    def asked(self):
        """How often the node was asked to reload."""
        return self.attempt("cat", "/var/log/asked").stdout.split().count("reload")


def steps(operations, key):
    """By name, but for the gate, which may have to wait, and for the way back, of which there are tests of its own."""
    names = [operation["name"].rpartition("| ")[2] for operation in operations if operation[key]]
    return [name for name in names if name not in ("health", "way back")]


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """Hosts for the tests of this module, each for one: bare ones, and those that have been deployed in one go."""
    directory = tmp_path_factory.mktemp("fleets")
    with Lab.running(Topology("line", 28)) as lab:
        targets = [Target(lab, host, directory) for host in lab.hosts]
        bare, ready = targets[:3], targets[3:]
        done = pyinfra(lab, [target.file for target in ready])
        assert done.returncode == 0, done.stderr
        yield {"bare": iter(bare), "settled": ready[0], "ready": iter(ready[1:])}


@pytest.fixture
def bare(hosts):
    return next(hosts["bare"])


@pytest.fixture
def target(hosts):
    return next(hosts["ready"])


@pytest.fixture
def settled(hosts):
    """The host of those tests that leave it as it is."""
    hosts["settled"].wants()
    return hosts["settled"]


@pytest.fixture
def other_node(tmp_path):
    """`other_node(text)`: the fake node with another line in it."""

    def write(text):
        first, rest = FAKE_NODE.read_text().split("\n", 1)
        path = tmp_path / "other_node"
        path.write_text(f"{first}\n{text}\n{rest}")
        return path

    return write


def test_install_brings_up_a_bare_host_and_changes_nothing_twice(bare):
    assert bare.changed() == NEW
    pid = bare.pid()
    assert bare.changed() == []
    assert bare.pid() == pid


def test_install_leaves_the_key_to_its_owner_and_the_configuration_to_the_group(settled):
    modes = settled.run("stat", "-c", "%a %U:%G", HOME.key_file, HOME.state, HOME.config, HOME.binary)
    assert modes.splitlines() == ["600 root:root", "700 root:root", "640 root:root", "777 root:root"]


def test_lock_holds_what_the_host_told(settled):
    key = json.loads(settled.run(HOME.binary, "identity", "--key", HOME.key_file, "--json"))["public_key"]
    sha256 = settled.run("sha256sum", settled.program()).split()[0]
    assert [(told.public_key, told.version, told.sha256) for told in settled.lock.values()] == [(key, "1.0", sha256)]


def test_install_never_replaces_or_shows_a_key(target):
    secret = target.run("cat", HOME.key_file)
    target.wants(log_level="debug")
    done = target.deploy("-vvv", "--diff")
    assert done.returncode == 0
    assert target.run("cat", HOME.key_file) == secret
    assert secret.strip() not in done.stdout + done.stderr


def test_diff_shows_no_password_that_somebody_wrote_there(target):
    target.run("sh", "-c", f"echo '# peers = [\"tls://a.example:1?password=hunter2\"]' >>{HOME.config}")
    done = target.deploy("--diff", mode="--dry")
    assert 'tls://a.example:1?password="..."' in done.stderr
    assert "hunter2" not in done.stdout + done.stderr


def test_lost_key_is_never_replaced_by_itself(target):
    target.run("mv", HOME.key_file, "/tmp/saved")
    done = target.deploy()
    assert done.returncode != 0
    assert "identity.key is gone, but the lock knows the key" in done.stderr
    assert f"delete [hosts.{target.name}] from {locks.beside(target.file)}" in done.stderr
    assert target.attempt("test", "-e", HOME.key_file).returncode == 1


def test_another_key_than_the_locked_one_stops_the_deploy(target):
    target.run("sh", "-c", f"echo other >{HOME.key_file}")
    target.wants(log_level="debug")
    done = target.deploy()
    assert done.returncode != 0
    assert "but the lock knows" in done.stderr
    assert '"debug"' not in target.run("cat", HOME.config)


def test_node_reads_a_new_configuration_without_a_restart(target):
    pid = target.pid()
    target.wants(log_level="debug")
    assert target.changed() == ["configuration", "service"]
    assert (target.pid(), target.asked()) == (pid, 1)
    assert target.changed() == []


def test_node_is_restarted_once_when_it_answers_that_this_takes_one(target):
    pid = target.pid()
    target.wants(mtu=1400)
    assert target.changed() == ["configuration", "service"]
    assert target.pid() != pid
    assert target.changed() == []


def test_node_that_was_killed_is_started(target):
    target.run("sh", "-c", f"kill -9 $(cat /run/everleaf/keeper.pid) && kill -9 {target.pid()}")
    assert target.changed() == ["service"]


@pytest.mark.parametrize("file", [HOME.config, HOME.binary])
def test_what_an_interrupted_run_left_behind_is_made_up_for(target, file):
    target.run("touch", "-h", file)  # newer than the start of the node, whoever wrote it
    assert target.changed() == ["service"]
    assert target.changed() == []


def test_upgrade_switches_to_another_program_and_rollback_goes_back(target, other_node):
    before, pid, switched = target.program(), target.pid(), ["program", "service", "lock of the program"]
    target.wants(version="2.0")
    assert target.changed(what="upgrade", binary=other_node("# 2")) == ["new program", *switched]
    assert target.program() == f"{HOME.versions}/everleaf-2.0"
    assert target.pid() != pid
    assert target.lock[target.name].version == "2.0"
    assert target.changed(what="rollback") == switched
    assert target.program() == before


def test_rollback_of_the_only_version_is_refused(settled):
    done = settled.deploy(what="rollback")
    assert done.returncode != 0
    assert "there is no version to go back to from 1.0" in done.stderr


def test_old_versions_go_but_not_the_one_that_was_used_before(target, other_node):
    for version in ("2.0", "3.0"):
        target.wants(version=version)
        target.changed(binary=other_node(f"# {version}"))
    names = target.run("ls", HOME.versions).split()
    assert names == ["everleaf-2.0", "everleaf-3.0", "previous", "service"]


def test_upgrade_does_not_switch_to_a_program_that_fails_its_selftest(target, other_node):
    before, pid = target.program(), target.pid()
    target.wants(version="2.0")
    done = target.deploy(binary=other_node('test "$1" != selftest || { echo "cpu too old" >&2; exit 1; }'))
    assert done.returncode != 0
    assert "cpu too old" in done.stderr
    assert (target.program(), target.pid()) == (before, pid)


def test_program_that_arrives_damaged_is_not_run(target, other_node):
    target.wants(version="2.0")
    harmful = other_node("touch /tmp/was-run")
    target.run(
        "sh", "-c", "printf '#!/bin/sh\nexit 1\n' >/usr/local/bin/sha256sum && chmod +x /usr/local/bin/sha256sum"
    )
    target.run("ln", "-s", "/bin/false", "/usr/local/bin/shasum")
    target.run("ln", "-s", "/bin/false", "/usr/local/bin/cksum")
    target.run("ln", "-s", "/bin/false", "/usr/local/bin/openssl")
    done = target.deploy(binary=harmful)
    assert done.returncode != 0
    assert "everleaf-2.0.new did not arrive as it was sent" in done.stderr
    assert target.attempt("test", "-e", "/tmp/was-run").returncode == 1


def test_host_returns_to_the_program_before_when_its_node_does_not_come_up(target, other_node):
    before = target.program()
    target.wants(version="2.0", gate="1s")
    done = target.deploy(binary=other_node(NEVER_WELL))
    assert done.returncode != 0
    assert "not ready; see the log" in done.stderr
    assert "the host is back to what it ran before" in done.stderr
    assert target.program() == before
    target.run("kill", "-0", str(target.pid()))
    assert target.lock[target.name].version == "1.0"


def test_host_returns_to_the_configuration_before_when_its_node_does_not_come_up(target, other_node):
    picky = other_node('test "$1" != run || ! grep -q 1400 "$3" || exit 78')
    target.wants(version="2.0")
    target.changed(binary=picky)
    config = target.run("cat", HOME.config)
    target.wants(version="2.0", mtu=1400)
    assert target.deploy(binary=picky).returncode != 0
    assert target.run("cat", HOME.config) == config
    target.run("kill", "-0", str(target.pid()))


def test_fleet_may_want_to_stay_with_what_fails(target, other_node):
    target.wants(version="2.0")
    with target.file.open("a") as file:
        file.write("[upgrade]\nrollback = false\n")
    assert target.deploy(binary=other_node(NEVER_WELL)).returncode != 0
    assert target.program().endswith("everleaf-2.0")


def test_config_stays_when_the_node_refuses_the_new_one(target, other_node):
    config = target.run("cat", HOME.config)
    target.wants(version="2.0", mtu=1400)
    refusing = other_node('test "$1" != check || { echo "node.toml: interface.mtu: too small" >&2; exit 78; }')
    done = target.deploy(binary=refusing)
    assert done.returncode != 0
    assert "interface.mtu: too small" in done.stderr
    assert target.run("cat", HOME.config) == config


def test_program_that_is_not_there_is_named(settled):
    done = settled.deploy(binary="/none/everleaf")
    assert done.returncode != 0
    assert "everleaf_binary is '/none/everleaf', which is no file here; run `make freeze`" in done.stdout + done.stderr


def test_dry_run_of_a_bare_host_tells_everything_and_changes_nothing(bare):
    assert [step for step in bare.plan() if step != "health"] == NEW
    assert bare.attempt("test", "-e", HOME.versions).returncode == 1
    assert not locks.beside(bare.file).exists()


def test_dry_run_of_an_installed_host_tells_the_difference_and_no_more(settled):
    assert settled.plan() == []
    settled.wants(log_level="debug")
    assert settled.plan() == ["configuration", "service"]
    assert settled.asked() == 0


def test_diff_shows_lines_of_a_bare_host_and_of_an_installed_one(bare, settled):
    assert "[interface]" in bare.deploy("--diff", mode="--dry").stderr
    settled.wants(log_level="debug")
    shown = settled.deploy("--diff", mode="--dry").stderr
    assert '- level = "info"' in shown
    assert '+ level = "debug"' in shown
    assert "[interface]" not in shown.replace("  [interface]", "")


def test_status_is_content_with_a_healthy_node_and_fails_on_another(target):
    assert target.deploy(what="status").returncode == 0
    target.run(f"{HOME.versions}/service", "stop")
    done = target.deploy(what="status")
    assert done.returncode != 0
    assert "no answer" in done.stderr


def everything(target):
    """All paths of ours that are on a host."""
    names = ("-name", "*everleaf*", "-o", "-path", "*everleaf/*")
    found = target.attempt("find", "/etc", "/run", "/usr", "/var", "-xdev", *names).stdout
    return found.splitlines()


def test_uninstall_leaves_the_key_alone_and_the_host_comes_back_as_who_it_was(target):
    told = target.lock
    assert target.changed(what="uninstall")[:3] == ["service", "names", "files"]
    assert everything(target) == [HOME.state, HOME.key_file]
    assert "everleaf" not in target.run("cat", "/etc/hosts")
    assert target.changed(what="uninstall") == []
    assert "identity" not in target.changed()
    assert target.lock == told


def test_purge_leaves_nothing_and_the_lock_forgets_the_host(target):
    assert target.changed(what="purge")[-2:] == ["key", "lock"]
    assert everything(target) == []
    assert target.lock == {}
    assert target.changed(what="purge") == []


def test_names_follow_the_lock_and_leave_other_lines_alone(target):
    before = target.run("cat", "/etc/hosts")
    assert f"{target.lock[target.name].address} {target.name} {target.name}.test\n" in before
    target.run("sh", "-c", "echo '192.0.2.1 printer' >>/etc/hosts")
    assert target.changed() == ["names"]
    after = target.run("cat", "/etc/hosts")
    assert "192.0.2.1 printer\n# begin everleaf\n" in after
    assert target.changed() == []


def test_host_returns_to_the_program_that_had_the_same_version(target, other_node):
    before = target.run("cat", target.program())
    bad = other_node('test "$1" != run || exit 1; test "$1" != wait || exit 69')
    assert target.deploy(binary=bad).returncode != 0
    assert target.run("cat", target.program()) == before
    target.run("kill", "-0", str(target.pid()))
    target.changed()
    assert target.program() == f"{HOME.versions}/everleaf-1.0"


def test_nothing_of_the_way_back_stays_on_a_host_whose_change_is_confirmed(target):
    target.wants(mtu=1400)
    target.changed()
    assert target.run("ls", HOME.versions).split() == ["everleaf-1.0", "service"]
    assert target.run("ls", HOME.parent(HOME.config)) == "node.toml\n"
