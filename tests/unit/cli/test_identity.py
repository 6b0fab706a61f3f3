"""`everleaf keygen` and `everleaf identity`."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from everleaf import identity
from everleaf.cli import defaults, main
from everleaf.platform import platform
from everleaf.privacy import Modes
from vectors.captured import NODE


@pytest.mark.parametrize("vector", NODE["address_and_keys"], ids=lambda vector: vector["public_key"][:8])
def test_identity_is_what_the_real_node_makes_of_the_key(vector, tmp_path, capsys):
    path = tmp_path / "key"
    identity.write(path, identity.Seed(bytes.fromhex(vector["seed"])), Modes())
    assert main(["identity", "--key", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "public_key": vector["public_key"],
        "address": vector["address"],
        "subnet": vector["subnet"],
    }


def test_keygen_prints_the_public_key_and_nothing_secret(tmp_path, capsys):
    path = tmp_path / "key"
    assert main(["keygen", "--out", str(path)]) == 0
    printed = capsys.readouterr()
    main(["identity", "--key", str(path), "--json"])
    assert printed.out == json.loads(capsys.readouterr().out)["public_key"] + "\n"
    assert printed.err == ""
    assert identity.load(path, Modes()).hex() not in printed.out


def test_keygen_refuses_to_replace_a_key(tmp_path, capsys):
    path = tmp_path / "key"
    main(["keygen", "--out", str(path), "--json"])
    first = path.read_bytes()
    capsys.readouterr()
    assert main(["keygen", "--out", str(path)]) == 73
    assert path.read_bytes() == first
    assert capsys.readouterr().out == ""


def test_identity_that_others_can_read_is_refused(tmp_path, capsys):
    path = tmp_path / "key"
    main(["keygen", "--out", str(path)])
    path.chmod(0o644)
    assert main(["identity", "--key", str(path)]) == 77
    assert f"run: chmod 600 {path}" in capsys.readouterr().err


@pytest.mark.parametrize("out", ["", ".", "/"])
def test_keygen_into_no_file_is_refused(out, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["keygen", "--out", out]) == 73
    assert "is a directory; name a new file in it" in capsys.readouterr().err


def test_identity_without_a_file_is_that_of_the_service(tmp_path, monkeypatch, capsys):
    home = replace(platform("debian"), state=str(tmp_path))
    monkeypatch.setattr(defaults, "here", lambda: home)
    assert main(["identity"]) == 78
    assert f"make a key: everleaf keygen --out {home.key_file}" in capsys.readouterr().err
    main(["keygen", "--out", home.key_file])
    key = capsys.readouterr().out.strip()
    assert main(["identity"]) == 0
    assert key in capsys.readouterr().out
