"""The host package alone: what its README shows works, and nothing of the node comes with it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import everleaf.host
from host.namespace import in_namespace

ROOM = Path(everleaf.host.__file__).parent
EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOM / "README.md").read_text(), re.DOTALL)


def test_host_brings_nothing_of_the_node_along():
    script = "import sys, everleaf.host; everleaf.host.this_host(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    ours = {name for name in done.stdout.split() if name.startswith("everleaf")}
    assert {name for name in ours if not name.startswith("everleaf.host")} == {"everleaf", "everleaf.errors"}
    assert not {"asyncio", "toml", "everleaf._core"} & set(done.stdout.split())


def test_files_of_the_host_import_only_python_and_errors():
    allowed = sys.stdlib_module_names | {"everleaf"}
    for file in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] in allowed, f"{file.name} imports {name}"
                assert not name.startswith("everleaf") or name.startswith(("everleaf.host", "everleaf.errors")), name


@pytest.mark.interop
def test_example_reads_a_packet_and_leaves_nothing():
    seen = in_namespace(f"""
import io, contextlib
said = io.StringIO()
with contextlib.redirect_stdout(said):
    exec({EXAMPLES[0]!r})
say([said.getvalue(), interfaces()])
""")
    assert seen == ["tun0: 53 bytes for 200::2\n", ["lo"]]
    assert len(EXAMPLES[0].splitlines()) <= 20


@pytest.mark.interop
def test_example_of_queues_opens_them():
    seen = in_namespace(EXAMPLES[1] + "say([[queue.name, queue.vnet_header] for queue in queues])")
    assert seen == [["mesh0", 10], ["mesh0", 10]]
