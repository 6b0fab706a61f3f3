"""Everything that a plan compares, asked of the host with Windows that pyinfra is at."""

from __future__ import annotations

from hashlib import sha256

from pyinfra.context import host

from everleaf.platform.service import File
from everleaf_fleet.facts import windows
from everleaf_fleet.facts.entry import Entry
from everleaf_fleet.facts.service import ServiceState
from everleaf_fleet.member import Member
from everleaf_fleet.survey import Survey
from everleaf_fleet.windows.changes import changes, identity, status, waits


def survey() -> Survey:
    """Fetch the files, and ask the rest. The host must have its Member as data."""
    member: Member = host.data.everleaf
    home, wanted = member.home, list(member.files())
    there = {file.path: windows.content(file.path) for file in wanted}
    hosts = windows.content(home.hosts_file)
    programs = windows.programs(home)
    key = host.get_fact(windows.Json, lines=identity(home))
    running = _done(member.service.commands["running"])
    return Survey(
        entries={file.path: _entry(file, there[file.path]) for file in wanted if there[file.path]},
        texts={path: windows.plain(found) for path, found in (there | {home.hosts_file: hosts}).items()},
        machine=host.get_fact(windows.Machine),
        programs=programs,
        program=windows.checksum(home, programs.version),
        service=ServiceState(_done(member.service.commands["enabled"]), running),
        unread=(home.config,) if running and not _done(changes(member)["service"].check) else (),
        public_key=key["public_key"] if key else "",
        unconfirmed=_done(waits(home)),
        status=host.get_fact(windows.Json, lines=status(member)),
    )


def _entry(file: File, content: bytes) -> Entry:
    """Its content is compared; who may read it, its directory says."""
    return Entry("-", file.mode, file.owner, file.group, sha256=sha256(content).hexdigest())


def _done(check: str) -> bool:
    done: bool = host.get_fact(windows.Done, check=check)
    return done
