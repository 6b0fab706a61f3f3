"""Channels with a release key: a directory, and a server on this machine's loopback."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from everleaf.errors import ConfigError, UnavailableError, UntrustedError
from everleaf.platform import platform
from everleaf.release import Artefact, Index
from everleaf_fleet import releases
from everleaf_fleet.channel import judge, program
from everleaf_fleet.cli import apply, main
from everleaf_fleet.model.lock import Lock, Locked
from everleaf_fleet.model.reader import loads
from unit.fleet.test_reader import FLEET
from unit.release.signer import Signer

SIGNER = Signer()
NAME = "everleaf-1.4.2-linux-x86_64-glibc231"
OTHER = "everleaf-1.4.2-linux-aarch64-static"


class Server:
    """Serves a directory, and counts what was asked for."""

    def __init__(self, directory):
        self.asked = asked = []

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, *_):
                asked.append(self.path)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(directory)))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        """Twice is harmless."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def release(tmp_path, monkeypatch):
    """A directory with two programs, signed; the controller's cache is beside it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    directory = tmp_path / "1.4.2"
    directory.mkdir()
    for name in (NAME, OTHER):
        (directory / name).write_text(f"the program {name}")
    publish(directory)
    return directory


def publish(directory, version="1.4.2", signer=SIGNER):
    signer.publish(directory, Index(version, tuple(Artefact.of(directory / name) for name in (NAME, OTHER))))


@pytest.fixture
def server(release):
    serving = Server(release)
    yield serving
    serving.close()
    releases._fetched.cache_clear()


@pytest.fixture(params=["directory", "url"])
def fleet(request, release):
    return fleet_of(str(release) if request.param == "directory" else f"{request.getfixturevalue('server').url}/")


def fleet_of(channel, key=SIGNER.public):
    said = f'version = "1.4.2"\nchannel = "{channel}"\nrelease_key = "{key}"'
    return loads(FLEET.replace('version = "0.1.0"', said).encode())


def fetch(fleet, machine="x86_64"):
    return program(fleet, platform("debian"), machine).read_text()


def test_signed_program_is_taken(fleet):
    judge(fleet, Lock(), fleet.hosts)
    assert fetch(fleet) == f"the program {NAME}"
    assert fetch(fleet, "aarch64") == f"the program {OTHER}"


def test_program_that_the_index_lacks_is_not_taken_from_the_directory(fleet, release):
    (release / "everleaf-1.4.2-debian-x86_64").write_text("somebody put it there")
    assert fetch(fleet) == f"the program {NAME}"
    with pytest.raises(UnavailableError, match="there is no program"):
        fetch(fleet, "riscv64")


HARM = {
    "another key": (lambda at: publish(at, signer=Signer(bytes([1]) * 32)), "index.json: the signature is wrong"),
    "changed index": (
        lambda at: (at / "index.json").write_bytes((at / "index.json").read_bytes() + b" "),
        "index.json: the signature is wrong",
    ),
    "signature of a program": (
        lambda at: (at / "index.json.minisig").write_text(
            SIGNER.claim((at / "index.json").read_bytes(), NAME, "1.4.2")
        ),
        f"index.json is {NAME} of version 1.4.2",
    ),
    "old release": (lambda at: publish(at, "1.4.1"), "has version 1.4.1, not 1.4.2; an old release in the place"),
}


@pytest.mark.parametrize(("harm", "words"), HARM.values(), ids=HARM)
def test_release_that_is_not_right_is_refused_for_every_host(fleet, release, harm, words):
    harm(release)
    with pytest.raises(UntrustedError, match=words):
        judge(fleet, Lock(), fleet.hosts)
    with pytest.raises(UntrustedError, match=words):
        fetch(fleet)


def test_program_in_the_place_of_another_is_refused_and_not_kept(fleet, release, tmp_path):
    (release / OTHER).replace(release / NAME)
    with pytest.raises(UntrustedError, match=f"is not the {NAME} of the index: sha256 [0-9a-f]{{64}}, not "):
        fetch(fleet)
    assert not [at for at in (tmp_path / "cache").rglob("*") if at.is_file()]


def test_version_before_a_host_s_own_is_refused_unless_it_is_allowed(fleet):
    lock = Lock({"fra1": Locked("00" * 32, "1.5.0")})
    with pytest.raises(UntrustedError, match=r"fra1 has version 1.5.0, and 1.4.2 is before it"):
        judge(fleet, lock, ["obsd1", "fra1"])
    judge(fleet, lock, ["obsd1"])
    judge(replace(fleet, downgrade=True), lock, ["fra1"])


def test_program_is_fetched_once_and_then_kept(server):
    fleet = fleet_of(server.url)
    assert [fetch(fleet) for _ in range(3)] == [f"the program {NAME}"] * 3
    assert server.asked == ["/index.json", "/index.json.minisig", f"/{NAME}"]
    server.close()
    assert fetch(fleet) == f"the program {NAME}"
    releases._fetched.cache_clear()
    with pytest.raises(UnavailableError, match=r"index.json cannot be fetched: .*; look at fleet.channel"):
        fetch(fleet)


def test_kept_program_that_was_changed_is_refused(server, tmp_path):
    fleet = fleet_of(server.url)
    fetch(fleet)
    (kept,) = (at for at in (tmp_path / "cache").rglob("*") if at.is_file())
    kept.write_text("another program")
    with pytest.raises(UntrustedError, match="is not the"):
        fetch(fleet)


def test_directory_without_an_index_is_refused(release):
    (release / "index.json").unlink()
    with pytest.raises(UnavailableError, match=r"index.json cannot be read: No such file"):
        fetch(fleet_of(str(release)))


def test_url_without_a_key_is_refused_before_anything_is_fetched():
    text = FLEET.replace('version = "0.1.0"', 'version = "1.4.2"\nchannel = "https://x.example"')
    with pytest.raises(ConfigError, match=r"fleet.release_key: must be given for https://x.example"):
        loads(text.encode())


@pytest.mark.parametrize("command", [["apply", "--yes"], ["apply", "--yes", "--host", "fra1"]])
def test_no_host_is_asked_when_the_release_is_not_right(release, tmp_path, monkeypatch, capsys, command):
    file = tmp_path / "fleet.toml"
    said = f'version = "1.4.2"\nchannel = "{release}"\nrelease_key = "{SIGNER.public}"'
    file.write_text(FLEET.replace('version = "0.1.0"', said))
    monkeypatch.setenv("EVERLEAF_FLEET", str(file))  # the command sets it, too
    asked = []
    monkeypatch.setattr(apply, "survey_all", lambda *_: asked.append("hosts") or [])
    assert main([*command, "--fleet", str(file)]) == 0
    assert asked == ["hosts"]
    publish(release, "1.4.1")
    assert main([*command, "--fleet", str(file)]) == 65
    assert asked == ["hosts"]
    assert "has version 1.4.1, not 1.4.2" in capsys.readouterr().err
