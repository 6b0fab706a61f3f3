"""The dead-man timer of a change on Windows: as `everleaf_fleet.deadman`, by a script and a scheduled task. Pure."""

from __future__ import annotations

from math import ceil

from everleaf.platform import Platform
from everleaf.platform.render import render
from everleaf.platform.service import File, Service
from everleaf_fleet.model.fleet import Gate
from everleaf_fleet.windows import places


def files(home: Platform, service: Service, gate: Gate) -> tuple[File, File]:
    """The script, which says `keep` before a change, and `confirm` or `back` after it; and its task."""
    script = render(
        "windows.deadman.cmd.j2",
        unconfirmed=places.change(home, "unconfirmed"),
        confirmed=places.change(home, "confirmed"),
        returning=places.change(home, "returning"),
        kept=kept(home, service),
        service=places.service_file(service),
        commands=service.commands,
        read=places.read(home),
        task=places.TASK,
        xml=places.task(home),
        seconds=ceil(gate.within + gate.slack),
    )
    task = render("windows.task.xml.j2", script=places.deadman(home))
    return _file(places.deadman(home), script), _file(places.task(home), task)


def kept(home: Platform, service: Service) -> list[tuple[str, str]]:
    """What a change may touch: a name for each, and where it is."""
    return [
        ("config", home.config),
        ("service", places.service_file(service)),
        ("previous", places.previous(home)),
    ]


def _file(path: str, text: str) -> File:
    return File(path, text.replace("\n", "\r\n"), "")
