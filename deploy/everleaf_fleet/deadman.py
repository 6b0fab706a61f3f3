"""The dead-man timer of a change: a host that hears no confirmation returns by itself to what it ran before.

One script on the host keeps what was there, waits, and restores. It is there during a change only. Pure: what it says.
"""

from __future__ import annotations

from math import ceil

from everleaf.platform import ROUTER, Platform
from everleaf.platform.render import render
from everleaf.platform.service import File, Service
from everleaf_fleet import router
from everleaf_fleet.model.fleet import Gate
from everleaf_fleet.programs import previous_program


def directory(home: Platform) -> str:
    """Where everything of it is. It exists while a change is neither confirmed nor taken back."""
    return home.join(home.versions, "unconfirmed")


def path(home: Platform) -> str:
    """The file of the script."""
    return home.join(directory(home), "deadman.sh")


def script(home: Platform, service: Service, gate: Gate) -> File:
    """The script, which says `keep` before a change, and `confirm` or `back` after it."""
    paths = [home.binary, previous_program(home), home.config, *(file.path for file in service.files)]
    typed = home.manager == ROUTER
    at = router.tun(home)
    if typed:
        paths.append(router.path(at))
    content = render(
        "deadman.sh.j2",
        here=directory(home),
        key_file=home.key_file,
        paths=paths,
        manager=service.manager,
        commands=service.commands,
        show=router.SHOW if typed else "",
        interface=router.place(at),
        again=render("vyatta.sh.j2", interface=at, commands=()).partition("commit\n")[0],
        seconds=ceil(gate.within + gate.slack),
    )
    return File(path(home), content, "0700", group=home.root_group)
