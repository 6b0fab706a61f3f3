"""The Ansible collection: what is in it, its inventory, its plugins, and what its roles refuse."""

from __future__ import annotations

import json
import stat
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from everleaf import __version__
from everleaf.platform import ROUTER, WINDOWS, platforms
from everleaf.release import Artefact, Index
from everleaf_fleet import cli
from everleaf_fleet.hostvars import fleet_variables, host_variables
from everleaf_fleet.member import Member
from everleaf_fleet.model import reader
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import Lock, Locked, beside, load, save
from fleet.controller import ROOT, Controller, built, changes
from unit.release.signer import Signer

pytestmark = pytest.mark.slow

SPEC = yaml.safe_load((ROOT / "roles/everleaf_node/meta/argument_specs.yml").read_text())["argument_specs"]["main"]
KEY = "a1" * 32
BY_HAND = tuple(name for name, home in platforms().items() if home.manager == ROUTER or home.system == WINDOWS)
HOSTS = "\n".join(
    f'[hosts.{name}]\naddress = "192.0.2.{number}"\nplatform = "{name}"\ngroups = ["every-where"]'
    + "\nnode_info = {}" * (name in BY_HAND)  # which routers have no words for
    for number, name in enumerate(platforms(), 1)
)
# One host of each platform, all of them this machine: nothing here is asked over a network.
FLEET = f"""
[fleet]
name = "lab"
version = "{__version__}"
[defaults]
connector = "local"
listen = ["tls://[::]:9001"]
node_info = {{ place = "{{{{ 6 * 7 }}}}" }}
[groups.every-where]
peers = ["tls://public.example:443"]
{HOSTS}
"""


@pytest.fixture(scope="module")
def collections(tmp_path_factory):
    return built(tmp_path_factory.mktemp("built"))


@pytest.fixture
def controller(tmp_path, collections):
    controller = Controller(tmp_path, collections)
    controller.fleet.write_text(FLEET)
    return controller


def plain(value):
    """What ansible-inventory prints, without its marks on texts that are no templates."""
    if isinstance(value, dict):
        return value["__ansible_unsafe"] if "__ansible_unsafe" in value else {k: plain(v) for k, v in value.items()}
    return list(map(plain, value)) if isinstance(value, list) else value


# --- the collection ---------------------------------------------------------------------------------------------------


def test_collection_has_what_ansible_needs_and_nothing_of_the_rest(collections):
    home = collections / "ansible_collections" / "everleaf" / "overlay"
    wanted = {"CHANGELOG.md", "LICENSE", "README.md", "meta", "playbooks", "plugins", "roles"}
    assert {path.name for path in home.iterdir()} == wanted | {"FILES.json", "MANIFEST.json"}
    said = json.loads((home / "MANIFEST.json").read_text())["collection_info"]
    assert (said["namespace"], said["name"], said["version"]) == ("everleaf", "overlay", __version__)


@pytest.mark.parametrize(
    "kind",
    ["module step", "module lock", "inventory fleet", "lookup program", "become doas", "module line", "module names"],
)
def test_plugins_have_documentation_that_ansible_shows(controller, kind):
    of, name = kind.split()
    done = controller.run("doc", "--type", of, "--json", f"everleaf.overlay.{name}")
    assert json.loads(done.stdout)[f"everleaf.overlay.{name}"]["doc"]["short_description"]


# --- the inventory ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["fleet.toml", "hosts.yml"])
def test_inventory_is_the_fleet(controller, source):
    (controller.directory / "hosts.yml").write_text("plugin: everleaf.overlay.fleet\nfleet: fleet.toml\n")
    done = controller.run("inventory", "-i", controller.directory / source, "--list")
    assert done.returncode == 0, done.stderr
    listed = plain(json.loads(done.stdout))
    fleet, book = reader.load(controller.fleet), Book.open(beside(controller.fleet))
    for name in fleet.hosts:
        wanted = host_variables(Member(fleet, book, name)) | {"everleaf_fleet": fleet_variables(fleet)}
        there = listed["_meta"]["hostvars"][name]
        assert Path(there["ansible_python_interpreter"]).samefile(wanted["ansible_python_interpreter"])
        wanted["ansible_python_interpreter"] = there["ansible_python_interpreter"]
        assert there == json.loads(json.dumps(wanted))
    assert set(listed["every-where"]["hosts"]) == set(platforms())


def test_hosts_come_in_the_order_in_which_they_may_be_changed(controller):
    controller.fleet.write_text(
        '[fleet]\nname = "lab"\nversion = "1"\n[defaults]\nconnector = "local"\nlisten = ["tls://[::]:9001"]\n[groups.g]\n'
        '[hosts.hub]\naddress = "h"\ngroups = ["g"]\n'
        '[hosts.a]\naddress = "a"\npeers = ["hub"]\n[hosts.b]\naddress = "b"\npeers = ["hub"]\n'
    )
    listed = controller.run("", "all", "--list-hosts")
    assert listed.stdout.split()[-3:] == ["a", "b", "hub"]


def test_mistake_in_the_fleet_is_told_with_its_place_and_remedy(controller):
    controller.fleet.write_text(FLEET.replace('"https', "").replace('name = "lab"', 'name = "LAB"'))
    done = controller.run("inventory", "--list")
    assert done.returncode != 0
    assert f'{controller.fleet}: fleet.name: "LAB" is not the name of a fleet' in done.stderr
    assert "use small letters, digits and -" in done.stderr


def test_controller_without_the_toolkit_is_told_what_to_install(controller):
    lacking = controller.directory / "lacking"
    (lacking / "everleaf_fleet").mkdir(parents=True)
    (lacking / "everleaf_fleet" / "__init__.py").write_text("raise ImportError('no module everleaf_fleet')")
    controller.environment["PYTHONPATH"] = str(lacking)
    done = controller.run("inventory", "--list")
    assert "run: pip install 'everleaf[fleet]'" in done.stderr


# --- what is rendered -------------------------------------------------------------------------------------------------


def test_rendered_files_are_those_of_everleaf_fleet_byte_for_byte(controller, capsys):
    """Through variables, loops and copy of Ansible, as the roles do it. Nothing in them is taken for a template."""
    out = controller.directory / "out"
    here = f"{out}/{{{{ inventory_hostname }}}}"
    copy = {"content": "{{ item.content }}", "dest": f"{here}/{{{{ number }}}}", "mode": "{{ item.mode or '0644' }}"}
    written = controller.tasks(
        {"ansible.builtin.validate_argument_spec": {"argument_spec": SPEC["options"]}},
        {"ansible.builtin.file": {"path": here, "state": "directory"}},
        {"ansible.builtin.copy": copy, "loop": "{{ files }}", "loop_control": {"index_var": "number"}},
        extra={"files": "{{ [everleaf_blueprint.config] + everleaf_blueprint.service.files }}"},
    )
    assert written.returncode == 0, written.stdout + written.stderr
    for name in platforms():
        assert cli.main(["render", name, "--fleet", str(controller.fleet), "--json"]) == 0
        for number, file in enumerate(json.loads(capsys.readouterr().out)["files"]):
            path = out / name / str(number)
            assert path.read_bytes() == file["content"].encode(), file["path"]
            assert stat.S_IMODE(path.stat().st_mode) == int(file["mode"] or "0644", 8), file["path"]
    assert b"{{ 6 * 7 }}" in (out / "debian" / "0").read_bytes()


# --- the plugins ------------------------------------------------------------------------------------------------------


@pytest.fixture
def one(controller):
    """A controller whose fleet is one host, itself."""
    controller.fleet.write_text(
        f'[fleet]\nname = "lab"\nversion = "{__version__}"\n[hosts.alpha]\naddress = "a"\nconnector = "local"\n'
        'platform = "netbsd"\n'  # no role goes beyond the first look there
    )
    return controller


def adhoc(controller, module, *words, **arguments):
    """One module on the one host: whether it succeeded, and its result."""
    done = controller.run("", "alpha", "-m", module, "-a", json.dumps(arguments), *words)
    verdict, _, result = done.stdout[done.stdout.index("alpha | ") :].partition(" => ")
    return verdict.split()[2].strip("!"), json.loads(result)


def step(controller, *words):
    return adhoc(controller, "everleaf.overlay.step", *words, check="test -e made", make="touch made; echo did; exit 0")


def test_step_looks_first_and_in_check_mode_only_looks(one):
    made = one.directory / "made"
    assert step(one, "--check")[0] == "CHANGED"
    assert not made.exists()
    verdict, result = step(one)
    assert (verdict, result["stdout"]) == ("CHANGED", "did\n")
    assert made.exists()
    assert [step(one, *words)[0] for words in ((), ("--check",))] == ["SUCCESS", "SUCCESS"]


def test_step_that_fails_says_what_the_host_said(one):
    line = "echo too much >&2; exit 7"
    verdict, result = adhoc(one, "everleaf.overlay.step", check="false", make=line)
    assert verdict == "FAILED"
    assert (result["msg"], result["rc"], result["cmd"]) == ("too much", 7, line)


def lock(controller, *words, **arguments):
    return adhoc(controller, "everleaf.overlay.lock", *words, fleet=str(controller.fleet), host="alpha", **arguments)


def locked(controller):
    return load(beside(controller.fleet)).hosts


def test_lock_keeps_what_a_host_tells_and_says_in_check_mode_that_it_would(one):
    assert lock(one, "--check", public_key=KEY)[0] == "CHANGED"
    assert locked(one) == {}
    assert lock(one, public_key=KEY)[0] == "CHANGED"
    assert lock(one, version="1.0", sha256="f" * 64)[0] == "CHANGED"
    assert locked(one) == {"alpha": Locked(KEY, "1.0", "f" * 64)}
    assert lock(one, public_key=KEY, version="1.0")[0] == "SUCCESS"
    assert lock(one, state="absent")[0] == "CHANGED"
    assert locked(one) == {}


@pytest.mark.parametrize(("key", "here"), [("b2" * 32, f"its key is {'b2' * 8}"), ("", "it has no key")])
def test_lock_refuses_a_key_that_it_does_not_know(one, key, here):
    save(beside(one.fleet), Lock({"alpha": Locked(KEY)}))
    verdict, result = lock(one, public_key=key)
    assert verdict == "FAILED"
    assert result["msg"] == (
        f"{here}, but the lock knows {KEY[:16]}; put that one back there, "
        f"or delete [hosts.alpha] from {beside(one.fleet)}"
    )
    assert locked(one) == {"alpha": Locked(KEY)}


def test_lock_takes_either_key_while_one_replaces_the_other(one):
    save(beside(one.fleet), Lock({"alpha": Locked(KEY, next_key="b2" * 32)}))
    assert lock(one, public_key="b2" * 32)[0] == "SUCCESS"


def program(controller, **arguments):
    words = "".join(f", {name}={value!r}" for name, value in arguments.items())
    call = f"lookup('everleaf.overlay.program', 'x86_64', fleet=everleaf_fleet.file, host=inventory_hostname{words})"
    return adhoc(controller, "ansible.builtin.debug", msg=f"{{{{ {call} }}}}")


def test_program_comes_from_the_channel_of_the_fleet(one):
    verdict, result = program(one)
    assert verdict == "FAILED"
    assert f"there is no program {one.directory}/dist/" in result["msg"]
    (one.directory / "dist").mkdir()
    file = one.directory / "dist" / f"everleaf-{__version__}"
    file.write_bytes(b"program")
    assert program(one)[1]["msg"] == {"path": str(file), "sha256": sha256(b"program").hexdigest()}


def test_program_of_another_release_than_the_fleet_s_is_refused(one):
    signer = Signer()
    (one.directory / "dist").mkdir()
    file = one.directory / "dist" / f"everleaf-{__version__}-netbsd10-x86_64"
    file.write_bytes(b"program")
    keyed = f'channel = "dist"\nrelease_key = "{signer.public}"\nversion ='
    one.fleet.write_text(one.fleet.read_text().replace("version =", keyed, 1))
    signer.publish(file.parent, Index("0.0.1", (Artefact.of(file),)))
    assert f"has version 0.0.1, not {__version__}; an old release in the place of a new one" in program(one)[1]["msg"]
    signer.publish(file.parent, Index(__version__, (Artefact.of(file),)))
    assert program(one)[1]["msg"]["path"] == str(file)


def test_program_that_is_given_by_its_path_is_taken_and_must_be_there(one):
    file = one.directory / "mine"
    assert f"{file} is no file here; run `make freeze`" in program(one, override=str(file))[1]["msg"]
    file.write_bytes(b"mine")
    assert program(one, override=str(file))[1]["msg"]["path"] == str(file)


def test_doas_runs_the_command_as_root_without_asking(one):
    fake = one.directory / "doas"
    fake.write_text('#!/bin/sh\necho "$1 $2 $3" >"$(dirname "$0")/asked"\nshift 3\nexec "$@"\n')
    fake.chmod(0o755)
    one.settings["BECOME_ALLOW_SAME_USER"] = 1
    words = ("-b", "--become-method", "everleaf.overlay.doas", "-e", f"ansible_become_exe={fake}")
    verdict, result = adhoc(one, "everleaf.overlay.step", *words, check="false", make='echo "it\'s"')
    assert (verdict, result["stdout"]) == ("CHANGED", "it's\n")
    assert (one.directory / "asked").read_text() == "-n -u root\n"


# --- what the roles refuse --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "variables", "complaint"),
    [
        ("node", {"everleaf_blueprint": {}}, "missing required arguments: address, binary, by_hand"),
        ("node", {"everleaf_node_rollback": "perhaps"}, "'everleaf_node_rollback' is of type str and we were unable"),
        (
            "node",
            {"everleaf_fleet": {"name": "lab", "file": "f", "names": True, "batches": "all", "rollback": True}},
            "'batches'",
        ),
        ("upgrade", {"everleaf_blueprint": "alpha"}, "'everleaf_blueprint' is of type str and we were unable"),
        (
            "removal",
            {"everleaf_removal_purge": "certainly"},
            "'everleaf_removal_purge' is of type str and we were unable",
        ),
        ("removal", {"everleaf_fleet": {"name": "lab"}}, "missing required arguments: batches, file, names, rollback"),
    ],
)
def test_role_refuses_a_variable_of_another_kind_before_it_does_anything(one, role, variables, complaint):
    use = {"ansible.builtin.import_role": {"name": f"everleaf.overlay.everleaf_{role}"}}
    done = one.tasks(use, extra=variables)
    assert done.returncode != 0
    assert complaint in done.stdout + done.stderr
    assert "failed=1" in done.stdout
    assert "ok=0" in done.stdout


@pytest.mark.parametrize("playbook", ["site", "upgrade", "remove"])
def test_hosts_that_are_set_up_by_hand_are_refused_with_what_to_do_there(controller, playbook):
    done = controller.play(playbook, "--limit", ",".join(BY_HAND))
    assert done.returncode != 0
    for name in BY_HAND:
        assert f"put there what `everleaf-fleet render {name}` prints" in done.stdout
    assert changes(done.stdout) == {}
