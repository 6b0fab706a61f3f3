"""`everleaf verify`."""

import json

import pytest

from everleaf import __version__
from everleaf.cli import main
from everleaf.release import Artefact, Index
from unit.release.signer import Signer

SIGNER = Signer()
NAME = f"everleaf-{__version__}-linux-x86_64"


@pytest.fixture
def file(tmp_path):
    """A signed file, in a release with an index."""
    path = tmp_path / NAME
    path.write_bytes(b"program")
    (tmp_path / f"{NAME}.minisig").write_text(SIGNER.claim(b"program", NAME, __version__))
    SIGNER.publish(tmp_path, Index(__version__, (Artefact.of(path),)))
    return path


def verify(*words, key=SIGNER.public):
    return main(["verify", *map(str, words), "--key", key])


def test_signed_file_is_good(file, capsys):
    assert verify(file) == 0
    assert capsys.readouterr().out == f"{NAME} is of version {__version__}, signed by key 0706050403020100\n"
    key = file.with_name("minisign.pub")
    key.write_text(f"untrusted comment: ours\n{SIGNER.public}\n")
    assert verify(file, "--json", key=str(key)) == 0
    assert json.loads(capsys.readouterr().out) == {"file": NAME, "version": __version__, "key": "0706050403020100"}


def test_index_vouches_for_a_file_without_a_signature(file, capsys):
    file.with_name(f"{NAME}.minisig").unlink()
    assert verify(file, "--index", file.with_name("index.json")) == 0
    assert NAME in capsys.readouterr().out
    assert verify(file) == 69
    assert "minisig cannot be read" in capsys.readouterr().err


def change(path):
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize(
    ("harm", "by_index", "words"),
    [
        (change, False, "the signature is wrong"),
        (change, True, "is not the"),
        (lambda file: change(file.with_name("index.json")), True, "index.json: the signature is wrong"),
        (lambda file: file.with_name("index.json").write_bytes(file.read_bytes()), True, "the signature is wrong"),
        (lambda file: file.with_name(f"{NAME}.minisig").write_text("x"), False, "no signature of minisign"),
        (
            lambda file: file.with_name(f"{NAME}.minisig").write_text(SIGNER.claim(b"program", NAME, "0.0.1")),
            False,
            f"is of version 0.0.1, before {__version__}",
        ),
        (lambda file: SIGNER.publish(file.parent, Index("0.0.1", ())), True, f"of version 0.0.1, before {__version__}"),
    ],
    ids=["file", "file by index", "index", "other index", "signature", "downgrade", "downgrade by index"],
)
def test_what_is_wrong_is_said(file, capsys, harm, by_index, words):
    harm(file)
    assert verify(file, *(["--index", file.with_name("index.json")] if by_index else [])) == 65
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


def test_older_version_is_good_for_who_asks_for_it(file, capsys):
    file.with_name(f"{NAME}.minisig").write_text(SIGNER.claim(b"program", NAME, "0.0.1"))
    assert verify(file, "--oldest", "0.0.1") == 0
    assert "0.0.1" in capsys.readouterr().out


def test_file_that_is_not_there_is_not_judged(tmp_path, capsys):
    assert verify(tmp_path / NAME) == 69
    assert "there is no file" in capsys.readouterr().err


@pytest.mark.parametrize("key", ["", "/nowhere/minisign.pub", "abc"])
def test_key_that_is_neither_file_nor_key_is_a_mistake_of_the_command_line(key, file, capsys):
    assert main(["verify", str(file), "--key", key]) == 64
    assert f"--key {key} is neither a file nor a public key of minisign" in capsys.readouterr().err
