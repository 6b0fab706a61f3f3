"""The file that calls Windows' DLLs cannot be imported here; what it declares can be read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import everleaf.host.windows

HOST = Path(everleaf.host.windows.__file__).parent
CALLERS = ("iphelper.py", "watch.py", "ports.py", "dlls.py")
EXPORTED = re.compile(
    r"(?:Initialize|Create|Delete|Get|Set|Notify|Cancel|Free|Open|Query|Read|Write|Wait|Close|Device|Process|Wintun)\w+"
)


def declared() -> set[str]:
    """The functions whose types stand in the tables of dlls.py."""
    tables = [
        node.value
        for node in ast.parse((HOST / "dlls.py").read_text()).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict)
    ]
    return {key.value for table in tables for key in table.keys if isinstance(key, ast.Constant)}


def named() -> set[str]:
    """The functions that the backend asks for, by the texts that look like their names."""
    texts = {
        node.value
        for file in CALLERS
        for node in ast.walk(ast.parse((HOST / file).read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in texts if EXPORTED.fullmatch(text)}


def test_every_function_that_the_backend_names_has_its_types() -> None:
    assert named() - declared() == set()


def test_no_function_has_types_that_nobody_needs() -> None:
    text = "".join((HOST / file).read_text() for file in CALLERS)
    assert [name for name in sorted(declared()) if len(re.findall(rf'"{name}"', text)) < 2] == []
