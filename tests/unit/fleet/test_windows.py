"""What a host with Windows is told: batch, which nothing here runs but wine, so its form is looked at."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from pyinfra.api.command import StringCommand
from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.context import ctx_host, ctx_state

from everleaf.errors import UsageError
from everleaf_fleet.connectors.windows import WindowsConnector, sftp_path
from everleaf_fleet.facts.survey import survey
from everleaf_fleet.member import Member
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import Lock, Locked
from everleaf_fleet.model.reader import loads
from everleaf_fleet.plan import plan
from everleaf_fleet.rotation import rotate
from everleaf_fleet.windows import batch, changes, deadman
from everleaf_fleet.windows.changes import present

KEY = "ab" * 32
FLEET = """
[fleet]
name = "lab"
version = "1.0"
[hosts.desk]
address = "192.0.2.9"
platform = "windows"
listen = ["tls://[::]:9001"]
"""


def member(text=FLEET, lock=None):
    return Member(loads(text.encode()), Book(None, lock or Lock()), "desk")


def scripts():
    """Everything that is run there, by name."""
    of = member()
    home = of.home
    made = changes.changes(of) | {"present": present(home, "1.0", "c0" * 32)}
    lines = {f"{name} {what}": getattr(change, what) for name, change in made.items() for what in ("check", "make")}
    lines |= {"done": batch.done(made["old_programs"].check), "gate": changes.gate(of), "status": changes.status(of)}
    lines |= {"confirm": changes.confirm(home), "back": changes.back(home), "keep": changes.told(home, "keep")}
    files = {
        file.path: file.content for file in (*of.service.files, *deadman.files(home, of.service, of.fleet.upgrade.gate))
    }
    return lines | {path: text for path, text in files.items() if path.endswith(".cmd")}


@pytest.mark.parametrize("name", scripts())
def test_every_path_with_a_space_is_quoted(name):
    text = re.sub(r"echo .*1>&2|^set run=.*", "", scripts()[name], flags=re.MULTILINE)  # no words of a command line
    assert not re.search(r"[A-Z]:\\|Files", re.sub(r'"[^"\n]*"', '""', text))


@pytest.mark.parametrize("name", scripts())
def test_every_jump_has_its_label_and_no_script_starts_another_without_coming_back(name):
    text = scripts()[name].replace("\r\n", "\n")
    labels = re.findall(r"^:(\w+)$", text, re.MULTILINE)
    jumps = {*re.findall(r"\bgoto (\w+)", text), *re.findall(r"\bcall :(\w+)", text)}
    assert len(labels) == len({*labels})
    assert jumps <= {*labels}
    for line in text.splitlines():
        assert not re.match(
            r'(?!.*\bcall )[^>]*\.cmd" (install|remove|stop|restart|program|keep|confirm|back)', line
        ), line


def test_way_back_falls_into_no_label_and_its_task_is_one_that_windows_reads():
    of = member()
    script, task = deadman.files(of.home, of.service, of.fleet.upgrade.gate)
    text = script.content.replace("\r\n", "\n")
    assert script.content.count("\n") == script.content.count("\r\n")
    for label in re.findall(r"^:(\w+)$", text, re.MULTILINE):
        before = text[: text.index(f"\n:{label}\n")].rstrip().splitlines()[-1]
        assert before.startswith(("exit /b", "goto ")) or label == "timer", label
    assert "for /l %%i in (1,1,90)" in text
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    root = ElementTree.fromstring(task.content)
    [arguments] = root.iter(f"{space}Arguments")
    assert arguments.text == r'/d /s /c ""C:\Program Files\everleaf\deadman.cmd" watch"'
    assert root.find(f"{space}Triggers/{space}BootTrigger") is not None
    assert root.findtext(f"{space}Settings/{space}DisallowStartIfOnBatteries") == "false"


def test_key_that_the_lock_knows_is_never_made_again_and_none_is_read():
    made = changes.changes(member(lock=Lock({"desk": Locked(KEY)})))["identity"].make
    assert "keygen" not in made
    assert "the lock knows the key abababababababab; put it back" in made
    for name, text in scripts().items():
        assert not re.search(r'\b(type|copy|findstr|certutil)[^\n]*identity\.key"', text), name


def test_words_for_people_are_words_for_batch():
    assert batch.say("50% of (a & b) > c") == "echo 50%% of ^(a ^& b^) ^> c 1>&2"


def test_configuration_that_nobody_knows_yet_is_refused_and_not_rendered():
    text = FLEET + 'allowed_keys = ["fra1"]\n[hosts.fra1]\naddress = "192.0.2.1"\npeers = ["desk"]\n'
    made = changes.changes(member(text))
    assert made["configuration"].files == ()
    assert made["configuration"].make.endswith("exit /b 1")
    assert made["way_back"].check == "exit /b 1"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [(r"C:\Program Files\a.cmd", "/C:/Program Files/a.cmd"), ("everleaf-00.cmd", "everleaf-00.cmd")],
)
def test_sftp_has_paths_of_its_own(path, wanted):
    assert sftp_path(path) == wanted


class Session:
    """An SSH client and its SFTP, of which one command is expected; and what became of the login directory."""

    def __init__(self, status):
        self.status, self.login, self.ran = status, {}, []

    def exec_command(self, line, **_):
        self.ran.append((line, dict(self.login)))
        said = Lines(["well\n"])
        said.channel = SimpleNamespace(recv_exit_status=lambda: self.status)
        return io.StringIO(), said, []

    def putfo(self, source, path):
        self.login[path] = source.read()

    def getfo(self, path, _):
        raise FileNotFoundError(path)

    def remove(self, path):
        del self.login[path]


class Lines(list):
    """Has a channel."""


@pytest.mark.parametrize("status", [0, 3])
def test_connector_tells_the_shell_the_name_of_a_file_alone_and_removes_that(status):
    state = State(Inventory(([("@fake/desk", {"everleaf": member()})], {})), Config())
    connector = WindowsConnector(state, state.inventory.get_host("@fake/desk"))
    connector.client = session = Session(status)
    connector.get_file_transfer_connection = lambda: session
    passed, said = connector.run_shell_command(StringCommand('echo "a & b"\nexit /b 3'), _sudo=True)
    [(line, login)] = session.ran
    [(name, script)] = login.items()
    assert (passed, said.stdout_lines, session.login) == (not status, ["well"], {})
    assert line == f"cmd.exe /d /c .\\{name}"
    assert re.fullmatch(r"everleaf-[0-9a-f]{16}\.cmd", name)
    assert script == b'@echo off\r\necho "a & b"\r\nexit /b 3\r\n'
    nothing = io.BytesIO()
    assert connector.get_file(r"C:\nothing", nothing)
    assert nothing.getvalue() == b""


def test_key_of_such_a_host_is_not_rotated_and_that_is_said_before_anything_is_asked():
    of = member(lock=Lock({"desk": Locked(KEY)}))
    with pytest.raises(UsageError, match="the key of desk cannot be rotated, for it runs Windows"):
        next(rotate(of.fleet, of.book, "desk", []))


def test_bare_host_lacks_everything_that_a_plan_compares():
    of = member()
    data = {"everleaf": of, "fake_delay": 0, "fake_delay_jitter": 0, "fake_responses": {"PROCESSOR": "AMD64"}}
    state = State(Inventory(([("@fake/desk", data)], {})), Config())
    with ctx_state.use(state):
        connect_all(state)
        [host] = state.inventory
        with ctx_host.use(host):
            said = survey()
    assert (said.machine, said.unconfirmed, said.running) == ("amd64", False, False)
    found = {(one.what, one.found) for one in plan(of.fleet, of.book.lock, "desk", said).differences}
    assert found == {
        ("program", "none"),
        ("service file", "absent"),
        ("configuration", "absent"),
        ("service", "disabled"),
        ("service", "stopped"),
        ("identity", "none"),
    }
