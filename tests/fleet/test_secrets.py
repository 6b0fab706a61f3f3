"""A key is nowhere but in its file: not in what any tool says, not in what it leaves behind, here or on a host."""

from __future__ import annotations

import base64
import subprocess
import sys
from types import SimpleNamespace

import pytest

from everleaf import identity
from everleaf.privacy import Modes
from everleaf_fleet.lab import Lab, Topology
from fleet.leak import seen
from fleet.mesh import HOME, Mesh

ALL = ("h1", "h2")
PLACES = ("/etc", "/run", "/tmp", "/usr/local", "/var")  # all that a host of a lab can write


@pytest.fixture
def key(tmp_path):
    """The content of a key's file, and its 32 secret bytes."""
    with identity.new_seed() as seed:
        identity.write(tmp_path / "key", seed, Modes())
        return SimpleNamespace(pem=(tmp_path / "key").read_text(), seed=bytes(seed))


@pytest.mark.parametrize(
    "write",
    [
        lambda key: key.pem.encode(),
        lambda key: b"PRIVATE KEY " + key.pem.splitlines()[1].encode()[8:-8],
        lambda key: b"..." + key.seed + b"...",
        lambda key: key.seed[:20],
        lambda key: f"seed={key.seed.hex()}".encode(),
        lambda key: key.seed.hex().upper().encode(),
        lambda key: key.seed.hex()[-40:].encode(),
        lambda key: key.seed.hex(" ").encode(),
        lambda key: repr(key.seed).encode(),
        lambda key: base64.b64encode(key.seed),
        lambda key: base64.b64encode(b"x" + key.seed),
        lambda key: base64.b64encode(b"xy" + key.seed + b"z"),
        lambda key: base64.urlsafe_b64encode(key.seed),
    ],
)
def test_key_is_seen_in_whatever_form_it_is_shown(key, write):
    assert seen(b"before " + write(key) + b" after", [key.pem])


def test_key_is_not_seen_in_another(key):
    with identity.new_seed() as other:
        assert not seen(bytes(other) + bytes(other).hex().encode() + base64.b64encode(bytes(other)), [key.pem])


class Watched(Mesh):
    """A fleet whose controller has a home and a place for temporary files that can be looked through."""

    @property
    def environment(self):
        places = {name: str(self.directory / name.lower()) for name in ("HOME", "TMPDIR")}
        return super().environment | places | {"EVERLEAF_FLEET": str(self.file)}

    def pyinfra(self, what):
        """One run that says all it can."""
        command = [sys.executable, "-m", "pyinfra", "-y", "-vvv", "--diff", "--debug"]
        return self._told([*command, "everleaf_fleet.inventory:make", *f"everleaf_fleet.deploys.{what}".split()])

    def aloud(self, command, *words):
        """One run as people see it."""
        return self._told([word for word in self.words(command, *words) if word != "--json"])

    def _told(self, command):
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=300, check=False, env=self.environment, cwd=self.directory
        )
        self.said += done.stdout + done.stderr
        print(self.said[-4000:])  # shown when the test fails
        return done.returncode

    def keys(self):
        """Of every host, those that it has now."""
        return [self.host(name).run("cat", HOME.key_file) for name in ALL]

    def texts(self):
        """By name: all that was said, and every file of the controller and of the hosts but for the keys' own."""
        yield "said", self.said.encode()
        for path in self.directory.rglob("*"):
            if path.is_file():
                yield str(path), path.read_bytes()
        for name in ALL:
            for path in self.files(name):
                yield f"{name}:{path}", base64.b64decode(self.host(name).run("base64", path))

    def files(self, name):
        found = self.host(name).attempt("find", *PLACES, "-type", "f", "-newer", "/etc/hostname").stdout.splitlines()
        return [path for path in found if path != HOME.key_file]


@pytest.fixture(scope="module")
def mesh(tmp_path_factory):
    with Lab.running(Topology("line", 2)) as lab:
        mesh = Watched(lab, tmp_path_factory.mktemp("fleet"))
        for name in ("home", "tmpdir"):
            (mesh.directory / name).mkdir()
        yield mesh


@pytest.mark.slow
@pytest.mark.interop
def test_key_is_nowhere_but_in_its_file_whatever_is_run_and_however_much_is_asked_for(mesh):
    assert mesh.pyinfra("install") == 0
    keys = mesh.keys()
    mesh.host("h1").run("sh", "-c", f"echo '# changed by hand' >>{HOME.config}")
    mesh.wants(h2="mtu = 1500")
    assert mesh.aloud("plan") == 2
    assert mesh.run("apply")[0] == 0
    assert mesh.pyinfra("successor --limit @lab/h2") == 0
    keys.append(mesh.host("h2").run("cat", f"{HOME.key_file}.next"))
    assert mesh.aloud("rotate", "h2") == 0
    assert mesh.keys() == [keys[0], keys[2]]
    texts = dict(mesh.texts())
    assert {f"h1:{HOME.config}", f"h2:{HOME.log_file}", str(mesh.file)} <= texts.keys()
    assert [(name, form) for name, text in texts.items() for form in seen(text, keys)] == []
