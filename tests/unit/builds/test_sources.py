"""What comes from outside is pinned by digest, and a tarball that is another one is refused."""

from __future__ import annotations

import re

import pytest
from builds.bundled import locked
from builds.debian import Source, sources, tarball
from builds.errors import BuildError
from builds.frozen import RECIPES

from builds import debian


def test_every_source_and_wheel_has_a_digest() -> None:
    assert all(re.fullmatch("[0-9a-f]{64}", source.sha256) for source in sources().values())
    lines = [line for group in locked().values() for line in group]
    assert len(lines) >= 9
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9.]+ --hash=sha256:[0-9a-f]{64}", line)] == []


def test_every_source_has_its_recipe() -> None:
    assert {path.stem.removeprefix("static_") for path in RECIPES.glob("*.sh")} == set(sources())


def test_a_tarball_that_is_not_the_pinned_one_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(debian, "cache", lambda: tmp_path)
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "zlib_1.3.orig.tar.gz").write_bytes(b"planted")
    with pytest.raises(BuildError, match=r"zlib_1\.3\.orig\.tar\.gz has the digest [0-9a-f]{64}\n.*wants 00"):
        tarball(Source("zlib", "1.3", "zlib-1.3", "00" * 32))
