"""`python -m builds TARGET`: build it, check it, prove it, and put it into dist/ under its name."""

from __future__ import annotations

import argparse
import sys

from builds.dist import put
from builds.errors import BuildError
from builds.frozen import Frozen, freeze
from builds.proof import prove, prove_here, prove_in_wine
from builds.static import archive, recipe
from builds.step import alone, cache, empty, say
from builds.target import Recipe, Target, find, targets

from builds import elf, inventory, machine, pe, windows


def build(target: Target) -> Frozen:
    """Make both forms of `target`. Raise BuildError when this machine cannot, or when they are not fit for release."""
    if target.recipe is Recipe.MACHINE:
        return machine.freeze(target)
    if target.recipe is Recipe.STATIC:
        return static(target)
    if target.recipe is Recipe.WINE:
        return wine(target)
    made = freeze(target)
    assert target.glibc
    assert made.folder
    needs = elf.check_glibc(made.folder, target.glibc)
    newest = max(each.glibc for each in needs)
    say(f"{target.name}: {len(needs)} ELF files, glibc {elf.dotted(newest)} is enough")
    inventory.check(made.file, made.folder)
    return made


def static(target: Target) -> Frozen:
    """The one file that asks for nothing, or BuildError."""
    made = recipe.freeze(target)
    elf.check_static(made.file)
    inventory.judge(made.file, archive.modules(made.file), [])
    say(f"{target.name}: static, {made.file.stat().st_size / 1e6:.1f} MB")
    return made


def wine(target: Target) -> Frozen:
    """Both forms for Windows, or BuildError."""
    made = windows.freeze(target)
    assert made.folder
    libraries = [path.name for path in pe.binaries(made.folder / "_internal")]
    pe.check_imports(made.folder)
    inventory.judge(made.file, inventory.modules(made.file), libraries, "windows")
    say(f"{target.name}: {made.file.stat().st_size / 1e6:.1f} MB, {len(libraries)} libraries, which need Windows alone")
    return made


def prove_all(made: Frozen, target: Target) -> None:
    """Run every form wherever this machine can; raise BuildError if one fails."""
    for program in made.programs:
        if target.recipe is Recipe.MACHINE:
            prove_here(program)
        if target.recipe is Recipe.WINE:
            prove_in_wine(program)
        if target.emulator:
            prove_here(program, target.emulator.split())
        for root in target.runs_in:
            prove(program, root)


def reproduce(target: Target) -> Frozen:
    """Build twice, the second time with nothing left of the first; raise BuildError unless the bytes are the same."""
    rooms = [empty(cache() / "rooms" / f"{turn}-{target.name}") for turn in ("first", "second")]
    before = put(build(target), target, rooms[0])
    made = build(target)
    for one, other in zip(before, put(made, target, rooms[1]), strict=True):
        if one.read_bytes() != other.read_bytes():
            raise BuildError(f"{one} and {other} differ", fix="diffoscope shows where")
    say(f"{target.name}: twice the same bytes")
    return made


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m builds", description=__doc__)
    parser.add_argument("target", nargs="?", metavar="TARGET", help="what to build")
    parser.add_argument("--list", action="store_true", help="name the targets, one a line")
    parser.add_argument("--reproduce", action="store_true", help="build it twice and compare")
    options = parser.parse_args()
    if options.list or not options.target:
        for target in targets().values():
            print(f"{target.name:<26}{target.recipe.value:<10}{target.baseline}")
        return 0
    try:
        target = find(options.target)
        with alone():
            made = reproduce(target) if options.reproduce else build(target)
            prove_all(made, target)
            for path in put(made, target):
                print(path)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
