"""A static program: what is appended is found again, and is all that the node imports."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from builds.shelf import RECIPES
from builds.static import archive, modules
from builds.target import Recipe, find, targets
from builds.zig import Zig

from builds import contents, zig

NODE = {
    "everleaf/__init__.py": "",
    "everleaf/__main__.py": "import everleaf.used\ndef later():\n    import everleaf.lazy, tkinter\n",
    "everleaf/used.py": "def told():\n    return __file__\n",
    "everleaf/lazy.py": "",
    "everleaf/idle.py": "",
}
STATIC = [target for target in targets().values() if target.recipe is Recipe.STATIC]


@pytest.fixture
def node(tmp_path) -> Path:
    """The sources of a node that imports one module now and one later."""
    for name, text in NODE.items():
        (tmp_path / "node" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "node" / name).write_text(text)
    return tmp_path / "node"


def compiled(node: Path, out: Path, monkeypatch) -> list[tuple[str, Path]]:
    """What the recipe appends of these sources."""
    monkeypatch.setattr(sys, "argv", ["modules.py", str(out), str(node), str(Path(shutil.__file__).parent)])
    modules.main()
    return archive.below(out)


def test_what_is_imported_now_or_later_is_compiled_and_nothing_else(node, tmp_path, monkeypatch) -> None:
    found = {name for name, _ in compiled(node, tmp_path / "out", monkeypatch)}
    ours = {name for name in found if name.startswith("everleaf/")}
    assert ours == {f"everleaf/{name}.pyc" for name in ("__init__", "__main__", "used", "lazy")}
    assert {f"encodings/{codec}.pyc" for codec in contents.codecs()} <= found
    assert not [name for name in found if name.startswith("tkinter")]


def test_the_program_still_runs_and_python_imports_from_its_end(node, tmp_path, monkeypatch) -> None:
    files = compiled(node, tmp_path / "out", monkeypatch)
    made = archive.append(Path(shutil.which("true") or ""), files, 1_700_000_000, tmp_path / "program")
    assert subprocess.run([made], check=False).returncode == 0
    lines = (
        "import sys; sys.path.insert(0, sys.argv[1]); from everleaf.used import told; print(told.__code__.co_filename)"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", lines, made], check=True, capture_output=True, text=True)
    assert done.stdout == "everleaf/used.py\n"  # and not where it was compiled


def test_the_same_files_and_time_give_the_same_bytes(tmp_path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF")
    for name in ("b", "a"):
        (tmp_path / name).write_text(name)
    files = [("b", tmp_path / "b"), ("a", tmp_path / "a")]
    one = archive.append(program, files, 1_700_000_000, tmp_path / "one").read_bytes()
    (tmp_path / "a").touch()
    assert archive.append(program, files[::-1], 1_700_000_000, tmp_path / "two").read_bytes() == one
    assert archive.append(program, files, 1_700_000_002, tmp_path / "three").read_bytes() != one


def test_the_modules_of_a_program_are_those_of_its_archive(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "program", "w") as made:
        for name in ("a/__init__.pyc", "a/b.pyc", "a/data.toml", "c.pyc"):
            made.writestr(name, "")
    assert archive.modules(tmp_path / "program") == ["a", "a.b", "c"]


@pytest.mark.parametrize("target", STATIC, ids=lambda target: target.name)
def test_the_compiler_knows_the_cpu_of_every_target(target, tmp_path) -> None:
    """And says what it can do, by the words with which libsodium's recipe asks."""
    (words,) = re.findall(r"macros=\$\(\$CC (.*?)\)", (RECIPES / "libsodium.sh").read_text("utf-8"))
    assert "#define __linux__ 1" in Zig.of(target, tmp_path).run(["zig-cc", *words.split()])


def test_the_compiler_is_told_to_optimise_once_and_for_what(tmp_path, monkeypatch) -> None:
    teller = tmp_path / "teller"
    teller.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    teller.chmod(0o755)
    monkeypatch.setattr(zig, "ZIG", teller)
    tools = Zig.of(find("linux-mips-static"), tmp_path / "programs")
    words = tools.run(["zig-cc", "-O3", "-DNAME=a b", "-O0", "-c", "file.c"]).splitlines()
    assert [word for word in words if word.startswith("-O")] == ["-O2"]
    assert words[words.index("-target") + 1] == "mips-linux-musleabi"
    assert words[-3:] == ["-DNAME=a b", "-c", "file.c"]
