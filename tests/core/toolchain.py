"""Compiles the core for its tests: each file once per kind of sanitizer, then each test program against those.

Everything lands in `build/` beside this file and is made again only when a source or header is newer.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CORE = ROOT / "node" / "core"
BUILD = HERE / "build"
MODELS = HERE / "kqueue"


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to compile: who does it, and what watches the program run."""

    name: str
    compiler: str
    objects: tuple[str, ...]  # flags for every file
    program: tuple[str, ...]  # flags for the whole
    instead: tuple[tuple[str, str], ...] = ()  # files of the core, and which take their places
    beside: tuple[Path, ...] = ()  # models of what this system has not

    @property
    def watched(self) -> str:
        """Where its objects are: those of a kind with other files in places are as good."""
        return self.name.partition("-")[0]


_STRICT = "-fno-sanitize-recover=all"
ADDRESS = Kind("address", "cc", ("-fsanitize=address,undefined", _STRICT), ("-fsanitize=address,undefined", _STRICT))
THREAD = Kind("thread", "cc", ("-fsanitize=thread",), ("-fsanitize=thread",))
_POLL = (("poll_epoll.c", "poll_poll.c"), ("wake_eventfd.c", "wake_pipe.c"))
_KQUEUE = (("poll_epoll.c", "poll_kqueue.c"), ("wake_eventfd.c", "wake_pipe.c"))
POLLERS = [  # those of other systems, under the same watch
    *(replace(kind, name=f"{kind.name}-poll", instead=_POLL) for kind in (ADDRESS, THREAD)),
    *(
        replace(kind, name=f"{kind.name}-kqueue", instead=_KQUEUE, beside=(MODELS / "model.c",))
        for kind in (ADDRESS, THREAD)
    ),
]
FUZZER = Kind(
    "fuzzer",
    "clang",
    ("-fsanitize=fuzzer-no-link,address,undefined", _STRICT),
    ("-fsanitize=fuzzer,address,undefined", _STRICT),
)


class CompileError(Exception):
    """A compiler refused; its words are the message."""


def program(source: Path, kind: Kind) -> Path:
    """The program made of one C file and whatever it needs of the core."""
    folder = BUILD / kind.name
    folder.mkdir(parents=True, exist_ok=True)
    setup = load_setup()
    output = folder / source.stem
    objects = _objects(kind, setup)
    if _newer(output, [source, *objects, *HERE.glob("*.h")]):
        return output
    archive = folder / "core.a"
    archive.unlink(missing_ok=True)
    _run(["ar", "rcs", str(archive), *map(str, objects)])
    command = [kind.compiler, *_flags(setup), *kind.program, f"-I{CORE}", f"-I{HERE}", str(source), str(archive)]
    _make(output, [*command, *setup.libraries("--libs"), "-lm"])
    return output


def _objects(kind: Kind, setup: ModuleType) -> list[Path]:
    """The core without its door to Python, compiled."""
    folder = BUILD / kind.watched
    folder.mkdir(parents=True, exist_ok=True)
    headers = [*CORE.glob("*.h"), *MODELS.rglob("*.h")]
    names = [Path(source).name for source in setup.sources(setup.this_system())]
    core = [CORE / dict(kind.instead).get(name, name) for name in names if not name.startswith("module")]
    sources = [*core, *kind.beside]

    def compiled(source: Path) -> Path:
        output = folder / f"{source.stem}.o"
        if not _newer(output, [source, *headers]):
            _make(output, [kind.compiler, *_flags(setup), *kind.objects, "-c", str(source)])
        return output

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(compiled, sources))


def _flags(setup: ModuleType) -> list[str]:
    return ["-O1", "-g", "-fno-omit-frame-pointer", *setup.FLAGS, f"-I{MODELS}", *setup.libraries("--cflags")]


def _newer(output: Path, inputs: list[Path]) -> bool:
    if not output.exists():
        return False
    made = output.stat().st_mtime
    return all(path.stat().st_mtime <= made for path in [*inputs, ROOT / "setup.py", Path(__file__)])


def _make(output: Path, command: list[str]) -> None:
    """Run a compiler; the output appears whole or not at all."""
    part = output.with_name(f"{output.name}.{os.getpid()}.part")
    _run([*command, "-o", str(part)])
    part.replace(output)


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise CompileError(f"{command[0]} is missing; install it, it is not optional") from error
    if done.returncode:
        raise CompileError(f"{' '.join(command)}\n{done.stderr}")


def load_setup() -> ModuleType:
    """setup.py, for the flags and libraries the core is built with."""
    spec = importlib.util.spec_from_file_location("everleaf_setup", ROOT / "setup.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
