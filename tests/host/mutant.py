"""A copy of the package with one mistake planted, and whether the tests of its backend notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "node" / "everleaf"
COPIED = "host"  # the part that mistakes are planted in; the rest is linked
TESTS = ROOT / "tests"
LIMIT = 60.0  # seconds for a backend's tests
NOTICED = 1  # pytest's exit status when tests failed; 2 and more when there was nothing to run


@dataclass(frozen=True, slots=True)
class Mutation:
    """Replace `old`, which stands once in `file`, by `new`; the tests of the backend `of` must fail."""

    of: str  # "bsd/freebsd": tests/host/bsd/test_freebsd.py
    file: str  # in everleaf/, below host/
    old: str
    new: str
    why: str  # which mistake it is

    @property
    def name(self) -> str:
        return f"{self.of}: {self.why}"


def run(of: str, mutation: Mutation | None = None) -> tuple[int, str]:
    """The exit status of the backend's tests and what they print, without a mutation for comparison."""
    family, _, tests = of.partition("/")
    with tempfile.TemporaryDirectory() as room:
        package = Path(room) / "everleaf"
        package.mkdir()
        for each in PACKAGE.iterdir():
            if each.name != COPIED:
                (package / each.name).symlink_to(each)
        shutil.copytree(PACKAGE / COPIED, package / COPIED)
        if mutation:
            _plant(mutation, package)
        command = [
            *(sys.executable, "-m", "pytest", "-x", "-q", "-c", os.devnull, "--rootdir", str(ROOT)),
            *("--import-mode=importlib", "-p", "no:cacheprovider", "-o", f"pythonpath={TESTS}"),
            str(TESTS / "host" / family / f"test_{tests}.py"),
        ]
        environment = os.environ | {"PYTHONPATH": room, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False)
        return done.returncode, done.stdout + done.stderr


def _plant(mutation: Mutation, package: Path) -> None:
    file = package / mutation.file
    text = file.read_text()
    if text.count(mutation.old) != 1:
        raise ValueError(
            f"{mutation.name}: {mutation.old!r} stands {text.count(mutation.old)} times in {mutation.file}"
        )
    file.write_text(text.replace(mutation.old, mutation.new))
    for stale in (file.parent / "__pycache__").glob(f"{file.stem}.*"):
        stale.unlink()  # a mutant of the same size and second would pass for the original
