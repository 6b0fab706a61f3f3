"""The parts of the deploys that are others on Windows; `everleaf_fleet.deploys` puts them together."""

from __future__ import annotations

from pyinfra.api.operation import OperationMeta

from everleaf_fleet.member import Member
from everleaf_fleet.operations import windows


def present(member: Member, source: str, sha256: str) -> None:
    """The program."""
    windows.archive(name="new program", member=member, source=source, sha256=sha256)


def used(member: Member, way_back: str) -> tuple[OperationMeta, OperationMeta]:
    """The manager's file names the program: what may have kept a way back, and what may have switched."""
    kept = windows.kept(name="way back", member=member, what=way_back)
    return kept, windows.change(name="program", member=member, what="program", returns=True)


def rolled_back(member: Member) -> OperationMeta:
    """The program before runs: what may have kept a way back."""
    kept = windows.kept(name="way back", member=member, what="way_back_of_rollback")
    windows.change(name="program", member=member, what="rollback", returns=True)
    return kept


def configured(member: Member) -> OperationMeta:
    """Everything but the program: what may have changed the configuration."""
    configuration = windows.configuration(name="configuration", member=member)
    windows.names(name="names", member=member)
    windows.change(name="tun", member=member, what="tun", returns=True)
    return configuration


def serviced(member: Member, after: tuple[OperationMeta | None, ...]) -> None:
    """The node starts with the machine, and runs with what those may have changed."""
    windows.change(name="boot", member=member, what="boot", returns=True)
    windows.change(name="service", member=member, what="service", after=after, returns=True)


def removed(member: Member) -> None:
    """Nothing stays but the key."""
    windows.change(name="service", member=member, what="stopped")
    windows.names(name="names", member=member, wanted=False)
    windows.change(name="files", member=member, what="files")
