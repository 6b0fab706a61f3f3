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


def test_every_c_file_is_built_somewhere(setup_py: ModuleType) -> None:
    built = {source for system in [*setup_py.POSIX, "windows"] for source in setup_py.sources(system)}
    assert built == {str(path.relative_to(ROOT)) for path in (ROOT / "node").rglob("*.c")}


@pytest.mark.parametrize("system", ["linux", "darwin", "freebsd", "openbsd", "netbsd", "dragonfly", "windows"])
def test_system_takes_one_file_of_each_kind(setup_py: ModuleType, system: str) -> None:
    names = [Path(source).name for source in setup_py.sources(system)]
    for kind in ("poll_", "socket_", "wake_"):
        assert len([name for name in names if name.startswith(kind)]) == 1


@pytest.mark.parametrize(
    ("platform", "system"), [("freebsd14", "freebsd"), ("openbsd7", "openbsd"), ("win32", "windows")]
)
def test_system_is_told_by_its_name_without_number(
    setup_py: ModuleType, monkeypatch: pytest.MonkeyPatch, platform: str, system: str
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    assert setup_py.this_system() == system
