"""Everything that a plan compares, asked of the host that pyinfra is at."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra.context import host
from pyinfra.facts.files import FileContents
from pyinfra.facts.server import Arch

from everleaf.errors import UnavailableError
from everleaf.platform.service import File
from everleaf_fleet.deadman import directory
from everleaf_fleet.facts.entry import Entries, Entry, matches
from everleaf_fleet.facts.node import NodeIdentity, NodeStatus
from everleaf_fleet.facts.program import NodePrograms
from everleaf_fleet.facts.service import service_state
from everleaf_fleet.facts.stale import unread
from everleaf_fleet.member import Member
from everleaf_fleet.survey import Survey


def survey() -> Survey:
    """Ask. The host must have its Member as data."""
    member: Member = host.data.everleaf
    home, wanted = member.home, member.service
    files = list(_files(member))
    programs = host.get_fact(NodePrograms, versions=home.versions, link=home.binary)
    paths = [*(file.path for file in files), *filter(None, [programs.current]), directory(home)]
    entries: dict[str, Entry] = host.get_fact(Entries, paths=paths)
    some = programs.current or next(iter(programs.installed), home.binary)
    key = host.get_fact(NodeIdentity, key_file=home.key_file, binary=some)
    differing = [file.path for file in files if file.path in entries and not matches(file, entries[file.path])]
    return Survey(
        entries=entries,
        texts={path: _text(path) for path in [*differing, home.hosts_file]},
        machine=host.get_fact(Arch),
        programs=programs,
        program=entries[programs.current].sha256 if programs.current in entries else "",
        service=service_state(wanted),
        unread=tuple(unread(home, wanted)),
        public_key=key["public_key"] if key else "",
        unconfirmed=directory(home) in entries,
        status=host.get_fact(NodeStatus, binary=home.binary, endpoint=home.admin),
    )


def _files(member: Member) -> Iterator[File]:
    """Those that are ours. The configuration is of no interest before the keys that it names are known."""
    yield from member.service.files
    try:
        yield member.blueprint().config
    except UnavailableError:
        return


def _text(path: str) -> str:
    return "".join(f"{line}\n" for line in host.get_fact(FileContents, path=path) or [])
