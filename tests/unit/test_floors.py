"""Who may import the compiled core: import-linter reads Python files only, so this floor is held here."""

import ast
from pathlib import Path

import pytest

import everleaf

ROOM = Path(everleaf.__file__).parent
MAY = {"daemon", "cli"}  # everything else must run without a compiled module: simulation, tools, the toolkit
FILES = sorted(path.relative_to(ROOM) for path in ROOM.rglob("*.py") if path.relative_to(ROOM).parts[0] not in MAY)


def imported(source):
    """Every dotted name a file imports, `from a import b` as a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module or ""


@pytest.mark.parametrize("path", FILES, ids=str)
def test_only_daemon_and_cli_import_the_core(path):
    assert not [name for name in imported((ROOM / path).read_text()) if name.startswith("everleaf._core")]


def test_the_rule_sees_every_form_of_import():
    text = "import everleaf._core\nfrom everleaf import _core\nfrom everleaf._core import Core\n"
    assert sum(name.startswith("everleaf._core") for name in imported(text)) == 4
