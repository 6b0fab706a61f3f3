"""What Ansible is told of a fleet: connections, and the blueprint as plain data."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import pytest

from everleaf.errors import UsageError
from everleaf.platform import platforms
from everleaf_fleet.blueprint import blueprint
from everleaf_fleet.hostvars import blueprint_variables, fleet_variables, host_variables
from everleaf_fleet.member import Member
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import Lock, Locked
from everleaf_fleet.model.names import BEGIN, END
from everleaf_fleet.model.reader import loads
from unit.fleet.test_reader import FLEET

KEY = "a1" * 32
LOCK = Lock({"fra1": Locked(KEY)})


def of(name="fra1", text=FLEET, lock=LOCK):
    return Member(loads(text.encode()), Book(None, lock), name)


def connection(name="fra1", text=FLEET):
    return {key.removeprefix("ansible_"): value for key, value in host_variables(of(name, text)).items()}


def test_host_is_reached_as_the_fleet_says():
    said = connection()
    assert (said["connection"], said["host"], said["port"], said["user"]) == ("ssh", "fra1.example.net", 22, "admin")
    assert (said["become"], said["become_method"]) == (True, "everleaf.overlay.doas")
    assert "ssh_private_key_file" not in said


@pytest.mark.parametrize(("become", "method"), [("sudo", "sudo"), ("su", "su")])
def test_user_becomes_root_in_the_way_the_host_knows(become, method):
    assert connection(text=FLEET.replace('"doas"', f'"{become}"'))["become_method"] == method


def test_root_becomes_nobody():
    assert not {"become", "become_method"} & connection("fra2").keys()


def test_local_host_runs_modules_with_the_python_of_the_controller():
    said = connection("fra2", FLEET.replace("[hosts.fra2]", '[hosts.fra2]\nconnector = "local"'))
    assert (said["connection"], said["python_interpreter"]) == ("local", sys.executable)
    assert not {"host", "port", "user"} & said.keys()


def test_host_is_reached_by_its_address_in_the_mesh_once_it_has_run_there():
    text = FLEET.replace("[hosts.fra1]", '[hosts.fra1]\nconnector = "overlay"')
    ran = Locked(KEY, version="0.1.0")
    assert host_variables(of("fra1", text, Lock({"fra1": ran})))["ansible_host"] == ran.address
    for lock in (Lock(), LOCK):  # a key alone answers nobody
        said = host_variables(of("fra1", text, lock))
        assert (said["ansible_connection"], said["ansible_host"]) == ("ssh", "fra1.example.net")
    assert blueprint_variables(of("fra1", text))["address"] == "fra1.example.net"


def test_files_come_by_scp_where_there_is_no_sftp():
    text = FLEET.replace("mtu = 1280", 'mtu = 1280\nplatform = "openwrt"')
    assert [connection(name, text)["ssh_transfer_method"] for name in ("fra1", "obsd1")] == ["sftp", "scp"]


def test_host_of_a_lab_is_refused():
    with pytest.raises(UsageError, match="fra2 is reached by lab; Ansible can do ssh, overlay, local"):
        connection("fra2", FLEET.replace("[hosts.fra2]", '[hosts.fra2]\nconnector = "lab"'))


@pytest.mark.parametrize("name", platforms())
def test_python_is_named_where_its_name_is_known(name):
    text = FLEET.replace("mtu = 1280", f'mtu = 1280\nplatform = "{name}"')
    wanted = platforms()[name].python
    assert connection("obsd1", text).get("python_interpreter", "") == wanted
    assert wanted or name in ("netbsd", "windows")


def test_variables_are_those_of_the_blueprint_and_nothing_but_plain_data():
    said = blueprint_variables(of("fra1"))
    made = blueprint(of().fleet, LOCK, "fra1")
    assert said == json.loads(json.dumps(said))
    assert said["config"] == asdict(made.config)
    assert said["service"]["files"] == [asdict(file) for file in made.service.files]
    names = said["names"]
    assert f"{names['begin']}\n{names['lines']}{names['end']}\n" == made.names
    assert (names["begin"], names["end"]) == (BEGIN, END)


def test_block_of_a_fleet_whose_keys_are_unknown_is_empty():
    assert blueprint_variables(of(lock=Lock()))["names"]["lines"] == ""


def test_host_that_lets_in_only_unknown_ones_waits_for_their_keys():
    text = FLEET.replace("[hosts.fra2]", '[hosts.fra2]\nallowed_keys = ["fra1"]')
    said = blueprint_variables(of("fra2", text, Lock()))
    assert said["config"] == {}
    assert said["waits_for"].startswith("fra2 lets in only fra1, whose keys are not known yet")
    assert said["unknown_peers"] == ["fra1", "obsd1"]
    assert blueprint_variables(of("fra2", text))["waits_for"] == ""


def test_both_keys_of_a_host_count_while_one_replaces_the_other():
    lock = Lock({"fra1": Locked(KEY, next_key="b2" * 32)})
    assert blueprint_variables(of(lock=lock))["public_keys"] == [KEY, "b2" * 32]
    assert blueprint_variables(of("fra2", lock=lock))["public_keys"] == []


def test_fleet_says_how_many_hosts_may_be_changed_at_a_time():
    said = fleet_variables(loads(FLEET.encode()))
    assert sum(said["batches"]) == 3
    assert said["batches"][0] == 1
    assert (said["name"], said["names"], said["rollback"]) == ("lab", True, True)
