"""What is kept between builds is made once, and again as soon as something that it was made from is another."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from builds.debian import Source
from builds.errors import BuildError
from builds.shelf import Shelf
from builds.step import run
from builds.zig import Zig

from builds import bundled, frozen, root, shelf, step, zig

RECIPE = '#!/bin/sh\necho "$@" >>"$2/log"\n'


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    return step.cache()


class Workshop:
    """A shelf, two libraries for it, and a compiler."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = place
        self.recipe, self.words, self.version = RECIPE, "zig-cc -mcpu=one", "1.0"
        self.arguments = ["target"]
        self.table = {name: Source(name, "1", name, digest) for name, digest in (("tls", "aa"), ("zip", "bb"))}
        monkeypatch.setattr(shelf, "RECIPES", place)
        monkeypatch.setattr(shelf, "sources", lambda: self.table)
        monkeypatch.setattr(shelf, "unpack", lambda name, where: where / name)
        monkeypatch.setattr(zig, "_version", lambda: self.version)

    def build(self) -> int:
        """How often it was built by now."""
        for path, text in (("recipe.sh", self.recipe), ("zig-cc", self.words)):
            (self.place / path).write_text(text)
            (self.place / path).chmod(0o755)
        made = Shelf("machine", self.place / "shelf", Zig(self.place, ""))
        made.have("tls", "recipe", *self.arguments, upon="zip")
        return len((made.place / "log").read_text().splitlines())


CHANGES: dict[str, Callable[[Workshop], object]] = {
    "source": lambda shop: shop.table.update(tls=replace(shop.table["tls"], sha256="cc")),
    "what it is compiled with": lambda shop: shop.table.update(zip=replace(shop.table["zip"], sha256="cc")),
    "recipe": lambda shop: setattr(shop, "recipe", f"{RECIPE}# better\n"),
    "arguments": lambda shop: setattr(shop, "arguments", ["other target"]),
    "words for the compiler": lambda shop: setattr(shop, "words", "zig-cc -mcpu=two"),
    "compiler": lambda shop: setattr(shop, "version", "1.1"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_library_is_built_once_and_again_when_another(what, tmp_path, monkeypatch) -> None:
    shop = Workshop(tmp_path, monkeypatch)
    assert [shop.build(), shop.build()] == [1, 1]
    CHANGES[what](shop)
    assert [shop.build(), shop.build()] == [2, 2]


def test_library_whose_build_failed_is_built_again(tmp_path, monkeypatch) -> None:
    shop = Workshop(tmp_path, monkeypatch)
    shop.build()
    shop.recipe = f"{RECIPE}exit 3\n"
    with pytest.raises(BuildError, match="exit status 3"):
        shop.build()
    shop.recipe = RECIPE
    assert shop.build() == 3


@dataclass
class FakeRoot:
    """Compiles by writing down how often it did."""

    room: Path
    name: str = "bookworm-armhf"
    gcc: str = "gcc 12.2"
    compiled: list[tuple[str, ...]] = field(default_factory=list)

    def compiler(self) -> str:
        return self.gcc

    def run(self, *words: str) -> str:
        self.compiled.append(words)
        (self.room / "pyinstaller/PyInstaller/bootloader/run").write_text(str(len(self.compiled)))
        return ""

    def loader(self) -> str:
        """What freezes here now."""
        frozen.loader(self)
        return (self.room / "site/PyInstaller/bootloader/run").read_text()


@pytest.fixture
def foreign(tmp_path, monkeypatch) -> FakeRoot:
    (tmp_path / "PyInstaller-6/PyInstaller/bootloader").mkdir(parents=True)
    with tarfile.open(tmp_path / "pyinstaller.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "PyInstaller-6", "PyInstaller-6")
    monkeypatch.setattr(bundled, "source", lambda _: tmp_path / "pyinstaller.tar.gz")
    return FakeRoot(tmp_path / "room")


def test_loader_is_compiled_once_and_again_for_another_pyinstaller_or_compiler(foreign, monkeypatch) -> None:
    assert [foreign.loader(), foreign.loader()] == ["1", "1"]
    monkeypatch.setattr(bundled, "pinned", lambda name: f"{name}==7.0 --hash=sha256:00")
    assert [foreign.loader(), foreign.loader()] == ["2", "2"]
    foreign.gcc = "gcc 12.3"
    assert [foreign.loader(), foreign.loader()] == ["3", "3"]
    shutil.rmtree(foreign.room / "bootloader")
    assert foreign.loader() == "4"


class Bootstrap:
    """In the place of mmdebstrap: makes what a root has at least, and counts."""

    def __init__(self) -> None:
        self.made = 0
        self.fails = False

    def run(self, command: list[str | Path]) -> str:
        if command[0] != "mmdebstrap":
            return run(command)
        self.made += 1
        aside = Path(command[-2])
        for directory in ("etc", "usr/bin", "usr/share/base-passwd"):
            (aside / directory).mkdir(parents=True)
        if self.fails:
            raise BuildError("the archive is away")
        for table in ("passwd", "group"):
            (aside / f"usr/share/base-passwd/{table}.master").write_text(f"root {self.made}\n")
        return ""


@pytest.fixture
def bootstrap(monkeypatch) -> Bootstrap:
    made = Bootstrap()
    monkeypatch.setattr(root, "run", made.run)
    monkeypatch.setattr(root, "archive", lambda: "file:/archive")
    monkeypatch.setattr(root, "emulate", lambda _: None)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    return made


def test_root_is_made_once_and_again_for_other_packages(bootstrap, monkeypatch) -> None:
    place = root.made("trixie-riscv64")
    assert (root.made("trixie-riscv64"), bootstrap.made) == (place, 1)
    assert (place / "etc/passwd").read_text() == "root 1\n"
    assert (place / "build").is_dir()
    monkeypatch.setitem(root.PACKAGES, "trixie-riscv64", "gcc,cmake")
    assert (root.made("trixie-riscv64"), bootstrap.made) == (place, 2)
    assert (place / "etc/passwd").read_text() == "root 2\n"
    shutil.rmtree(place)
    root.made("trixie-riscv64")
    assert bootstrap.made == 3


def test_root_that_was_not_finished_is_made_again(bootstrap) -> None:
    bootstrap.fails = True
    with pytest.raises(BuildError, match="away"):
        root.made("bookworm-armhf")
    bootstrap.fails = False
    root.made("bookworm-armhf")
    root.made("bookworm-armhf")
    assert bootstrap.made == 2
