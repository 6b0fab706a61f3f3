"""`everleaf-fleet new`: every answer gives a fleet that stands, and what cannot be one leaves nothing behind."""

from __future__ import annotations

import io
import json
import re
import shlex
import shutil
import tomllib
from compileall import compile_dir
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from setuptools.dist import Distribution

from everleaf import __version__
from everleaf.cli.main import COMMANDS as NODE_COMMANDS
from everleaf.platform import ROUTER, WINDOWS, platforms
from everleaf_fleet.cli import main, new, parser
from everleaf_fleet.member import Member
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import Lock
from everleaf_fleet.model.options import SshOptions
from everleaf_fleet.model.reader import load, loads

ROOT = Path(__file__).parents[3]
QUESTIONS = json.loads((new.TEMPLATE / "cookiecutter.json").read_text())
PLATFORMS, TOOLS, BECOMES = (QUESTIONS[key] for key in ("platform", "tool", "become"))
FILES = {
    "pyinfra": {"inventory.py", "site.py"},
    "ansible": {"ansible.cfg", "inventory.yml", "requirements.yml", "site.yml"},
}
COMMON = {".github/workflows/fleet.yml", ".gitignore", "README.md", "fleet.toml", "requirements.txt"}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A working directory that is the user's home as well; nothing may appear there but what a test asks for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def make(*answers, directory="lab"):
    """The new repository."""
    assert main(["new", directory, "--no-input", *(word for answer in answers for word in ("--set", answer))]) == 0
    return Path(directory)


def names(repository):
    """Its files."""
    return {str(path.relative_to(repository)) for path in repository.rglob("*") if path.is_file()}


# Every choice once, beside different others.
CHOICES = [(place, TOOLS[n % len(TOOLS)], BECOMES[n % len(BECOMES)]) for n, place in enumerate(PLATFORMS, 1)]


@pytest.mark.slow
@pytest.mark.parametrize(("place", "tool", "become"), CHOICES, ids=["-".join(row) for row in CHOICES])
def test_every_choice_gives_a_fleet_that_check_likes(place, tool, become, capsys):
    made = make(f"platform={place}", f"tool={tool}", f"become={become}", "ssh_user=admin", "mtu=1400")
    assert main(["check", "--fleet", "lab/fleet.toml"]) == 0
    assert "gamma" in capsys.readouterr().out
    host = load("lab/fleet.toml").hosts["gamma"]
    assert (host.platform, host.mtu, host.peers) == (place, 1400, ("alpha", "beta"))
    assert (host.ssh.user, host.ssh.become or "none") == ("admin", become)
    assert names(made) == COMMON.union(*(FILES[name] for name in FILES if tool in (name, "both")))
    for name in names(made):
        text = (made / name).read_text()
        assert not re.search(r"cookiecutter|\{%|\{\{", text), name
        if name.endswith(".py"):
            compile(text, name, "exec")
        if name.endswith(".yml"):
            assert yaml.safe_load(text), name


def test_choices_are_those_that_fleets_know():
    offered = [name for name, home in platforms().items() if home.manager != ROUTER and home.system != WINDOWS]
    assert [*PLATFORMS] == offered  # a fleet of routers alone, or of Windows, is nothing that somebody begins with
    assert QUESTIONS["version"] == __version__
    assert set(QUESTIONS["__prompts__"]) == {key for key in QUESTIONS if not key.startswith("_")}
    for become in BECOMES:
        word = "" if become == "none" else become
        assert loads(f'fleet = {{name="a", version="1"}}\nhosts.a = {{address="a", ssh.become="{word}"}}'.encode())
    assert SshOptions().become not in BECOMES


def test_hosts_have_the_addresses_that_were_given():
    fleet = load(make("hosts=fra1=192.0.2.1, fra2=2001:db8::2 far home=home.example", "slug=mine") / "fleet.toml")
    assert fleet.name == "mine"
    addresses = {name: host.address for name, host in fleet.hosts.items()}
    assert addresses == {"fra1": "192.0.2.1", "fra2": "2001:db8::2", "far": "far", "home": "home.example"}
    assert [host.groups for host in fleet.hosts.values()] == [("core",), ("core",), ("edge",), ("edge",)]


def test_single_host_waits_for_nobody():
    fleet = load(make("hosts=alpha") / "fleet.toml")
    assert (fleet.hosts["alpha"].peers, fleet.upgrade.gate.min_peers) == ((), 0)


@pytest.mark.parametrize("tool", TOOLS)
def test_examples_in_comments_are_hosts_that_check_and_deploys_take(tool, capsys):
    made = make(f"tool={tool}", "become=doas", "ssh_user=admin") / "fleet.toml"
    live, count = re.subn(r"(?m)^# (\[|\w+ = )", r"\1", made.read_text())
    assert count >= 15
    made.write_text(live)
    assert main(["check", "--fleet", str(made)]) == 0
    said, fleet = capsys.readouterr().out, load(made)
    assert "phone" in fleet.peers
    places = {name: host.platform for name, host in fleet.hosts.items()}
    assert places == {"alpha": "openbsd", "beta": "debian", "gamma": "debian", "router": "vyos", "desk": "windows"}
    for name in places:
        assert name in said
        assert Member(fleet, Book(None, Lock()), name).by_hand == ""


def test_name_may_hold_any_text():
    made = make(r'name=Café "\"""" #1 \n')
    assert load(made / "fleet.toml").name == "cafe-1-n"
    assert (made / "README.md").read_text().startswith('# Café "\\"""" #1 \\n\n')


def test_answers_come_from_the_keyboard(monkeypatch):
    keyboard = io.StringIO("My lab\n\n2\nfra1\n" + "\n" * 5)
    monkeypatch.setattr(keyboard, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", keyboard)
    assert main(["new", "lab", "--set", "ssh_user=admin"]) == 0
    fleet = load("lab/fleet.toml")
    assert (fleet.name, list(fleet.hosts), fleet.hosts["fra1"].ssh.user) == ("my-lab", ["fra1"], "admin")
    assert not Path("lab/ansible.cfg").exists()


def test_keyboard_that_ends_early_leaves_nothing(monkeypatch, capsys, home):
    keyboard = io.StringIO("My lab\n")
    monkeypatch.setattr(keyboard, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", keyboard)
    assert main(["new", "lab"]) == 64
    assert "use --no-input" in capsys.readouterr().err
    assert list(home.iterdir()) == []


def test_nobody_is_asked_without_a_terminal(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["new", "lab"]) == 0


BAD = [
    ("slug=My_Fleet", "slug 'My_Fleet' cannot be a name; use small letters"),
    ("slug=-a", "slug '-a' cannot be a name"),
    ("slug=" + "a" * 64, "cannot be a name"),
    ("slug=../elsewhere", "slug '../elsewhere' cannot be a name"),
    ("name=___", "slug '' cannot be a name"),
    ("name=a\nb", "is no text in one line"),
    ("hosts=", "hosts names nobody"),
    ("hosts=a,B", "hosts has 'B', which cannot be a name"),
    ("hosts=a, b, a", "hosts has 'a' twice; remove one"),
    ('hosts=a="b', "hosts.a.address"),
    ("mtu=12", "fleet.toml: defaults.mtu: must be"),
    ("mtu=big", "fleet.toml: defaults.mtu: must be"),
    ("version=1 2", "fleet.toml: fleet.version"),
    ("ssh_user=", "defaults.ssh.user"),
    ("name={{ nobody.knows }}", "no fleet can be made of these answers: "),
    ("platform=plan9", "platform is one of debian, "),
    ("tool=chef", "tool is one of both, pyinfra, ansible"),
    ("colour=red", "--set colour=red answers no question; KEY=VALUE with name, slug, tool"),
    ("_template=x", "answers no question"),
    ("slug", "answers no question"),
]


@pytest.mark.parametrize(("answer", "words"), BAD, ids=[row[0][:20] for row in BAD])
def test_bad_answer_is_refused_and_leaves_nothing(answer, words, capfd, home):
    assert main(["new", "lab", "--no-input", "--set", answer]) == 64
    said = capfd.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert "Next" not in said
    assert list(home.iterdir()) == []


def test_mtu_that_the_platform_cannot_carry_is_refused(capfd):
    assert main(["new", "lab", "--no-input", "--set", "platform=netbsd", "--set", "mtu=9001"]) == 64
    assert "more than the 9000 that netbsd carries" in capfd.readouterr().err


@pytest.mark.parametrize("make_it", [Path.mkdir, Path.touch, lambda path: path.symlink_to("nowhere")])
def test_existing_directory_is_never_replaced(make_it, home, capsys):
    make_it(home / "lab")
    assert main(["new", "lab", "--no-input"]) == 73
    assert capsys.readouterr().err == "everleaf-fleet: lab exists and is never replaced; " + (
        "choose another name, or move it away\n"
    )
    assert [path.name for path in home.iterdir()] == ["lab"]


def test_directory_in_nowhere_is_refused(capsys):
    assert main(["new", "nowhere/lab", "--no-input"]) == 73
    assert capsys.readouterr().err.endswith("nowhere/lab cannot be written: No such file or directory\n")


def test_settings_of_cookiecutter_have_no_say(home):
    (home / ".cookiecutterrc").write_text("default_context: {hosts: other}\n")
    assert list(load(make() / "fleet.toml").hosts) == ["alpha", "beta", "gamma"]
    assert {path.name for path in home.iterdir()} == {".cookiecutterrc", "lab"}


def test_next_steps_are_those_of_the_chosen_tool(capfd):
    make("tool=ansible")
    said = capfd.readouterr()
    assert said.out == ""
    assert "ansible-playbook site.yml --check --diff" in said.err
    assert "pyinfra" not in said.err
    assert said.err.endswith("lab is written\n")


def commands(text):
    """The words of every command in a README or workflow: lines of code blocks, and what is quoted in a sentence."""
    fence = r"(?ms)^```([a-z]*)\n(.*?)^```"
    blocks = [block for language, block in re.findall(fence, text) if not language]
    quoted = re.findall(r"`([^`]+)`", re.sub(fence, "", text))
    lines = "\n".join(blocks).replace(" && ", "\n").splitlines()
    lines += [word for word in quoted if re.match("(everleaf|pyinfra|ansible)[a-z-]* ", word)]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def is_known(words):
    """Whether a command can be typed as it stands: its program, its options if it is ours, and the files it names."""
    match words:
        case ["everleaf-fleet", *rest]:
            return bool(parser(rest).parse_args(rest).run)  # exits when it does not know a word
        case ["everleaf", *rest]:
            return rest[0] in {command.name for command in NODE_COMMANDS}
        case ["pyinfra", inventory, what, *_]:
            return Path(inventory).is_file() and (Path(what).is_file() or resolve(what))
        case ["ansible-playbook", playbook, *_] if playbook.startswith("everleaf.overlay."):
            return (ROOT / "playbooks" / f"{playbook.rpartition('.')[2]}.yml").is_file()
        case ["ansible-playbook", "-i", inventory, playbook, *rest]:
            return inventory == "fleet.toml" and is_known(["ansible-playbook", playbook, *rest])
        case ["ansible-playbook", playbook, *_]:
            return Path(playbook).is_file()
        case ["ansible-galaxy", "collection", "install", "-r", file] | ["pip", "install", "-r", file]:
            return Path(file).is_file()
    shell = ["python3 -m venv .venv", ". .venv/bin/activate", "pip install everleaf[fleet]", "cd lab"]
    return " ".join(words) in shell


def resolve(dotted):
    """What a dotted name stands for."""
    module, _, name = dotted.rpartition(".")
    return getattr(import_module(module), name)


@pytest.mark.parametrize("tool", TOOLS)
def test_readme_names_only_commands_that_exist(tool, monkeypatch):
    monkeypatch.chdir(make(f"tool={tool}"))
    named = commands(Path("README.md").read_text())
    assert [words for words in named if not is_known(words)] == []
    programs = {words[0] for words in named}
    assert {"everleaf-fleet"} < programs
    assert ("pyinfra" in programs, "ansible-playbook" in programs) == (tool != "ansible", tool != "pyinfra")


def test_template_that_was_compiled_on_installation_gives_no_compiled_files(home, monkeypatch):
    installed = home / "site-packages" / "template"
    shutil.copytree(new.TEMPLATE, installed)
    assert compile_dir(installed, quiet=1)
    monkeypatch.setattr(new, "TEMPLATE", installed)
    assert list(installed.glob("{{*/__pycache__/*.pyc"))
    assert names(make()) == COMMON.union(*FILES.values())


def test_whole_template_is_in_the_wheel():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    build = Distribution({"package_data": project["package-data"]}).get_command_obj("build_py")
    build.ensure_finalized()
    build.manifest_files = {}  # what git knows has no say: an archive of the sources must build the same
    packed = {Path(name) for name in build.find_data_files("everleaf_fleet", str(new.TEMPLATE.parent))}
    wanted = {path for path in new.TEMPLATE.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert len(wanted) >= 10
    assert wanted <= packed


def test_checkout_has_it_where_cookiecutter_is_pointed_at():
    assert (ROOT / "deploy" / "template").resolve() == new.TEMPLATE.resolve()
