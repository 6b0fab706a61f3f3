"""The recipe that is for machines of their own, tried on this one."""

from __future__ import annotations

import pytest
from builds.errors import BuildError
from builds.proof import prove_here
from builds.target import Recipe, Target, find, targets

from builds import machine

OURS = Target("linux-x86_64", Recipe.MACHINE, "Linux 6")


@pytest.mark.parametrize(
    ("name", "system", "architecture"),
    [
        ("freebsd14-x86_64", "FreeBSD", "amd64"),
        ("openbsd78-x86_64", "OpenBSD", "amd64"),
        ("netbsd10-x86_64", "NetBSD", "amd64"),
        ("dragonfly6-x86_64", "DragonFly", "x86_64"),
        ("macos13-arm64", "Darwin", "arm64"),
        ("macos13-x86_64", "Darwin", "x86_64"),
    ],
)
def test_target_is_built_on_its_own_system_alone(name, system, architecture):
    machine.refuse_another(find(name), system, architecture)
    with pytest.raises(BuildError, match=f"{name} cannot be built on Linux x86_64"):
        machine.refuse_another(find(name), "Linux", "x86_64")
    with pytest.raises(BuildError, match=f"cannot be built on {system} mips"):
        machine.refuse_another(find(name), system, "mips")


def test_every_machine_of_the_table_is_known():
    for target in targets().values():
        if target.recipe is Recipe.MACHINE:
            with pytest.raises(BuildError, match="build it on"):
                machine.refuse_another(target, "Linux", "vax")


@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_program_made_on_this_machine_proves_itself():
    made = machine.freeze(OURS)
    prove_here(made.file)
    prove_here(made.folder / "everleaf")
