"""The index of a release."""

import json

import pytest

from everleaf.errors import UntrustedError
from everleaf.release import Artefact, Claim, Index

CLAIM = Claim("index.json", "0.1.0")
ROW = {"name": "everleaf-0.1.0-linux-x86_64", "size": 3, "sha256": "ab" * 32}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "everleaf-0.1.0-linux-x86_64"
    path.write_bytes(b"abc")
    return path


def parse(*rows, version="0.1.0"):
    return Index.parse(json.dumps({"version": version, "files": rows}).encode(), CLAIM)


def test_index_reads_what_it_wrote(file):
    index = Index("0.1.0", (Artefact.of(file, os="linux", arch="x86_64", minimum="glibc 2.31"),))
    assert Index.parse(index.render().encode(), CLAIM) == index
    assert index.named(file.name).sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_fields_of_later_releases_are_left_alone():
    assert parse(ROW | {"colour": "green"}).files[0].name == ROW["name"]


def test_index_that_is_signed_as_another_version_is_refused():
    with pytest.raises(UntrustedError, match=r"lists version 0.2.0, and is signed as 0.1.0"):
        parse(ROW, version="0.2.0")


@pytest.mark.parametrize(
    "wrong",
    [{"name": "../etc/passwd"}, {"name": "a/b"}, {"name": ""}, {"sha256": "AB" * 32}, {"size": "3"}, {"name": 3}],
)
def test_row_that_is_no_file_s_is_refused(wrong):
    with pytest.raises(UntrustedError, match=r"index.json cannot be read"):
        parse(ROW | wrong)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"version": 1, "files": [1]}', b"\xff"])
def test_nonsense_is_refused(data):
    with pytest.raises(UntrustedError, match=r"index.json cannot be read"):
        Index.parse(data, CLAIM)


@pytest.mark.parametrize("content", [b"abd", b"abcd", b""])
def test_another_file_under_the_name_is_refused(file, content):
    row = Artefact.of(file)
    row.judge(file)
    file.write_bytes(content)
    with pytest.raises(UntrustedError, match=r"is not the everleaf-0.1.0-linux-x86_64 of the index: sha256 "):
        row.judge(file)


def test_file_that_is_not_listed_is_refused():
    with pytest.raises(UntrustedError, match=r"version 0.1.0 has no file other"):
        parse(ROW).named("other")
