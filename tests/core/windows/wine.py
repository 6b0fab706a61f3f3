"""The core's tests for Windows, run by Wine: `.venv/bin/python -m pytest tests/core/windows/wine.py`.

Not one of `make test`'s, which only compiles and links them: Wine is large, and it is not Windows.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from core.elsewhere import windows


@pytest.fixture(scope="module")
def folder(headers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("windows")
    windows.programs(folder, headers)
    return folder


@pytest.mark.timeout(300)  # the first call of Wine makes a whole Windows
@pytest.mark.parametrize("test", windows.TESTS, ids=lambda test: test.stem)
def test_c_program_ends_well_in_wine(test: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    prefix = tmp_path_factory.getbasetemp() / "wine"
    environment = {**os.environ, "WINEPREFIX": str(prefix), "WINEDEBUG": "-all"}
    done = subprocess.run(
        ["wine", f"{test.stem}.exe"], check=False, capture_output=True, text=True, cwd=folder, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
