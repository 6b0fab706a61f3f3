"""What a program must show before it is released: its selftest and its commands, in every root that it is for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from builds.errors import BuildError
from builds.root import Root
from builds.step import cache, empty, run, say
from builds.wine import Wine

# A mistake in a build shows in one of these: the core, the data files, the codecs and the modules each of them needs.
_COMMANDS = """
mkdir t && TMPDIR=$PWD/t && export TMPDIR
"$@" version --json >version
"$@" selftest
"$@" keygen --out key
"$@" identity --key key
"$@" init --out new.toml
"$@" check --config new.toml
"$@" service print --platform debian >/dev/null
echo '[interface]
mtu = 17' >bad.toml
if "$@" check --config bad.toml 2>refused; then exit 1; else test $? = 78; fi
grep -q interface.mtu refused
test -z "$(ls t)"
"""

_ON_WINDOWS = """
"$@" service print >printed
grep -q 'service run --config' printed
"$@" ports >/dev/null
"""


def prove(program: Path, root: str) -> None:
    """Run `program`, a file or the one in a folder build, in the root of that name; raise BuildError if it fails."""
    place = Root(root, empty(cache() / "rooms" / f"proof-{root}"))
    say(f"{program.name}: running in {root}")
    folder = (program.parent / "_internal").is_dir()
    what = shutil.copytree(program.parent, place.room / "program") if folder else shutil.copy(program, place.room)
    inside = f"/build/{Path(what).name}" + (f"/{program.name}" if folder else "")
    place.run("sh", "-euc", f"cd /build\n{_COMMANDS}", "sh", inside)
    _judge(json.loads((place.room / "version").read_text()), program)


def prove_here(program: Path, emulator: Sequence[str] = ()) -> None:
    """The same on this machine, for programs of its own system, or for those that `emulator` runs."""
    say(f"{program.name}: running here{' in ' if emulator else ''}{' '.join(emulator)}")
    room = empty(cache() / "rooms" / "proof-here")
    run(["sh", "-euc", _COMMANDS, "sh", *emulator, program], cwd=room)
    _judge(json.loads((room / "version").read_text()), program)


def prove_in_wine(program: Path) -> None:
    """The same for programs of Windows, and what is different there: the service, and what a single file leaves."""
    say(f"{program.name}: running in wine")
    room = empty(cache() / "rooms" / "proof-wine")
    wine = Wine(room.with_name("wine"), room)
    shutil.rmtree(wine.prefix, ignore_errors=True)
    run(["sh", "-euc", _COMMANDS + _ON_WINDOWS, "sh", *wine.command(program)], cwd=room)
    _judge(json.loads((room / "version").read_text()), program)
    if left := wine.leftovers():
        raise BuildError(f"{program.name} left {', '.join(left)} behind", fix="it must end in order in every command")


def _judge(told: dict[str, object], program: Path) -> None:
    if told["frozen"] is not True or told["core"] != told["version"]:
        raise BuildError(
            f"{program.name} says of itself: {told}", fix="it must be frozen, with a core of its own version"
        )
