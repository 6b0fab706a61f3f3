"""Everything that a plan compares, asked of the host that pyinfra is at."""

from __future__ import annotations

from pyinfra.api.exceptions import FactError
from pyinfra.context import host
from pyinfra.facts.files import FileContents
from pyinfra.facts.server import Arch, Kernel

from everleaf.platform import ROUTER, WINDOWS
from everleaf_fleet import router
from everleaf_fleet.deadman import directory
from everleaf_fleet.facts import service, stale, windows_survey
from everleaf_fleet.facts.entry import Entries, Entry, matches
from everleaf_fleet.facts.lines import RouterLines
from everleaf_fleet.facts.node import NodeIdentity, NodeStatus
from everleaf_fleet.facts.program import NodePrograms
from everleaf_fleet.facts.together import together
from everleaf_fleet.member import Member
from everleaf_fleet.survey import Survey


def survey() -> Survey:
    """Ask, in two commands: what the second one asks depends on the first. The host must have its Member as data."""
    member: Member = host.data.everleaf
    if member.home.system == WINDOWS:
        return windows_survey.survey()
    home, wanted = member.home, member.service
    files = list(member.files())
    paths = [*(file.path for file in files), directory(home)]
    entries: dict[str, Entry]
    programs, entries, hosts, machine, kernel, state, unread, status, *typed = together(
        (NodePrograms, {"versions": home.versions, "link": home.binary}),
        (Entries, {"paths": paths}),
        (FileContents, {"path": home.hosts_file}),
        (Arch, {}),
        (Kernel, {}),
        (service.NodeService, service.asked(wanted)),
        (stale.Unread, stale.asked(home, wanted)),
        (NodeStatus, {"binary": home.binary, "endpoint": home.admin}),
        *([(RouterLines, {"place": router.place(router.tun(home))})] if home.manager == ROUTER else []),
    )
    judge_system(member, kernel)
    some = programs.current or next(iter(programs.installed), home.binary)
    differing = [file.path for file in files if file.path in entries and not matches(file, entries[file.path])]
    key, used, *texts = together(
        (NodeIdentity, {"key_file": home.key_file, "binary": some}),
        (Entries, {"paths": [some]}),
        *((FileContents, {"path": path}) for path in differing),
    )
    return Survey(
        entries=entries,
        texts={path: _text(lines) for path, lines in zip([home.hosts_file, *differing], [hosts, *texts], strict=True)},
        lines=tuple(line for said in typed for line in said),
        machine=machine,
        programs=programs,
        program=used[programs.current].sha256 if programs.current in used else "",
        service=state,
        unread=tuple(unread),
        public_key=key["public_key"] if key else "",
        unconfirmed=directory(home) in entries,
        status=status,
    )


def judge_system(member: Member, kernel: str | None) -> None:
    """Refuse a host that says it is another system's. Raises FactError."""
    if kernel and kernel != member.home.system:
        fix = f"correct hosts.{member.name}.platform in {member.fleet.file}"
        raise FactError(f"the host is a {kernel}, not a {member.home.system}; {fix}")


def _text(lines: list[str] | None) -> str:
    return "".join(f"{line}\n" for line in lines or [])
