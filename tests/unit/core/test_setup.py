"""setup.py: who builds from source and lacks a library is told what to install."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from core.toolchain import load_setup

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def setup_py() -> ModuleType:
    return load_setup()


def test_missing_pkg_config_names_the_packages(
    setup_py: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"pkg-config is missing\n.*apt install pkg-config libsodium-dev libssl-dev"):
        setup_py.libraries("--libs")


def test_missing_library_is_named(setup_py: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PKG_CONFIG_LIBDIR", str(tmp_path))
    with pytest.raises(SystemExit, match=r"(?s)Package libsodium was not found.*apt install"):
        setup_py.libraries("--cflags")


def test_every_c_file_is_built(setup_py: ModuleType) -> None:
    assert set(setup_py.sources()) == {str(path.relative_to(ROOT)) for path in (ROOT / "node").rglob("*.c")}
