"""The deploys: what pyinfra does to the hosts of a fleet.

A host has its Member as data, `everleaf`; `everleaf_fleet.inventory` and `@lab` give it. The data `everleaf_binary`, a
path here, overrides where the program comes from. Keys are made on all hosts before the first configuration is
rendered, and are in the fleet's lock by then: pyinfra ends each operation everywhere before it begins the next one.
"""

from __future__ import annotations

from functools import cache
from hashlib import file_digest
from pathlib import Path

from pyinfra.api.deploy import deploy
from pyinfra.api.exceptions import DeployError
from pyinfra.api.operation import OperationMeta
from pyinfra.context import host
from pyinfra.facts.server import Arch, Kernel

from everleaf.errors import NodeError
from everleaf.platform import ROUTER, WINDOWS
from everleaf_fleet import channel, inventory, programs, router
from everleaf_fleet.facts.survey import judge_system
from everleaf_fleet.facts.windows import Machine
from everleaf_fleet.member import Member
from everleaf_fleet.operations import (
    binary,
    config,
    deadman,
    directory,
    file,
    health,
    identity,
    lines,
    lock,
    names,
    package,
    removal,
    service,
)
from everleaf_fleet.operations import windows as on_windows
from everleaf_fleet.operations.step import step, undone
from everleaf_fleet.windows import deploys as windows


@deploy("install")
def install() -> None:
    """All of it: from a bare host, or an older one, to a node that runs well; or back to what it ran before."""
    _key()
    member = _member()
    if member.home.system == WINDOWS:
        kept, program = windows.used(member, "way_back")
    else:
        kept = deadman.kept(name="way back", member=member, program=_path(member), files=True)
        program = binary.used(name="program", version=member.fleet.version, home=member.home)
    _configured(kept, program)
    _pruned()


@deploy("keys")
def keys() -> None:
    """The program and a key on every host, and the public keys in the lock. Nothing is used or started."""
    _key()


@deploy("configure")
def configure() -> None:
    """Everything but the program: configuration, names, the manager's files, the service."""
    member = _member()
    if member.home.system == WINDOWS:
        _configured(on_windows.kept(name="way back", member=member))
    else:
        _configured(deadman.kept(name="way back", member=member, files=True))


@deploy("upgrade")
def upgrade() -> None:
    """The program alone. A host whose node is not well with it returns to the one before, and fails."""
    member = _member()
    _present()
    if member.home.system == WINDOWS:
        kept, program = windows.used(member, "way_back_of_program")
    else:
        kept = deadman.kept(name="way back", member=member, program=_path(member))
        program = binary.used(name="program", version=member.fleet.version, home=member.home)
    _running(kept, program=program)
    _pruned()


@deploy("rollback")
def rollback() -> None:
    """The program that was used before."""
    member = _member()
    if member.home.system == WINDOWS:
        kept = windows.rolled_back(member)
    else:
        kept = deadman.kept(name="way back", member=member, program=programs.previous_program(member.home))
        _served(binary.previous(name="program", home=member.home))
    _well(kept)


@deploy("successor")
def successor() -> None:
    """A new key beside the one that is used, and its public half in the lock. The node goes on with the old one."""
    member = _rotating()
    identity.successor(name="next key", member=member)
    lock.successor_locked(name="lock of the next key", member=member)


@deploy("succession")
def succession() -> None:
    """The node uses the new key; others must let it in by now. If it is not well then, it returns to the old one."""
    member = _rotating()
    kept = deadman.kept(name="way back", member=member, key=True)
    switched = identity.succeeded(name="identity", member=member)
    service.service(name="service", member=member, program=switched)
    health.gate(name="health", member=member, kept=kept, key=member.locked.next_key if member.locked else "")
    lock.succession_locked(name="lock of the key", member=member)
    identity.retired(name="old key", member=member)


@deploy("return")
def back() -> None:
    """Hosts that a deploy failed on, and that wait for its confirmation, run now what they ran before."""
    (on_windows if _member().home.system == WINDOWS else deadman).returned(name="way back", member=_member())


@deploy("status")
def status() -> None:
    """Look only: a host whose node is not healthy fails and says why."""
    if _member().home.system == WINDOWS:
        on_windows.look(name="health", member=_member())
    else:
        health.healthy(name="health", home=_member().home)


@deploy("uninstall")
def uninstall() -> None:
    """Nothing stays but the key, so that the host can come back as who it was."""
    member = _member()
    if member.home.system == WINDOWS:
        windows.removed(member)
        return
    if member.home.manager == ROUTER:
        lines.untyped(name="configuration", home=member.home)
    service.stopped(name="service", wanted=member.service)
    names.nameless(name="names", home=member.home)
    removal.removed(name="files", home=member.home, wanted=member.service)
    removal.orphaned(name="owner of the key", home=member.home)
    undone(name="account", wanted=member.service.account)
    if member.home.manager == ROUTER:
        undone(name="package", wanted=router.PACKAGE)


@deploy("purge")
def purge() -> None:
    """Nothing stays, and the fleet's lock forgets the host."""
    uninstall()
    if _member().home.system == WINDOWS:
        on_windows.change(name="key", member=_member(), what="state")
    else:
        removal.keyless(name="key", home=_member().home)
    lock.forgotten(name="lock", member=_member())


# --- the steps that they share ----------------------------------------------------------------------------------------


def _member() -> Member:
    given = host.data.get("everleaf")
    if isinstance(given, Member):
        return given
    try:
        return inventory.member(host.name)
    except NodeError as error:
        raise DeployError(f"{host.name} is of no fleet: {error}") from None


def _rotating() -> Member:
    member = _member()
    if member.home.system == WINDOWS:
        raise DeployError(f"the key of {member.name} cannot be rotated, for it runs Windows")
    return member


def _path(member: Member) -> str:
    return programs.program(member.home, member.fleet.version)


def _present() -> None:
    member = _member()
    source = _source(member)
    if member.home.system == WINDOWS:
        windows.present(member, source, _sha256(source))
        return
    binary.present(
        name="new program", source=source, sha256=_sha256(source), version=member.fleet.version, home=member.home
    )


def _source(member: Member) -> str:
    """The program here."""
    given = host.data.get("everleaf_binary")
    if given and not Path(given).is_file():
        raise DeployError(f"everleaf_binary is {given!r}, which is no file here; run `make freeze`, or give its path")
    if given:
        return str(given)
    try:
        channel.judge(member.fleet, member.book.lock, [member.name])
        return str(channel.program(member.fleet, member.home, _machine(member)))
    except NodeError as error:
        raise DeployError(str(error)) from None


def _machine(member: Member) -> str:
    """In the words of `uname -m`. Raises FactError on a host of another system."""
    if member.home.system == WINDOWS:
        return str(host.get_fact(Machine))
    judge_system(member, host.get_fact(Kernel))
    return str(host.get_fact(Arch))


def _package(member: Member) -> str:
    """A router's package here; "" where the channel has none."""
    try:
        return str(channel.package(member.fleet, host.get_fact(Arch)) or "")
    except NodeError as error:
        raise DeployError(str(error)) from None


@cache
def _sha256(path: str) -> str:
    with Path(path).open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _key() -> None:
    member = _member()
    if member.home.manager == ROUTER:
        source = _package(member)
        package.packaged(name="package", source=source, sha256=_sha256(source) if source else "")
    if member.home.system == WINDOWS:
        on_windows.change(name="directories", member=member, what="directories")
    else:
        step(name="account", wanted=member.service.account)
        directory.directories(name="directories", wanted=member.service.directories)
    _present()
    if member.home.system == WINDOWS:
        on_windows.change(name="identity", member=member, what="identity")
    else:
        identity.identity(name="identity", member=member, program=_path(member))
    lock.key_locked(name="lock of the key", member=member, program=_path(member))


def _configured(kept: OperationMeta, program: OperationMeta | None = None) -> None:
    member = _member()
    files = None
    if member.home.system == WINDOWS:
        configuration = windows.configured(member)
    else:
        configuration = (lines.typed if member.home.manager == ROUTER else config.config)(
            name="configuration", member=member
        )
        names.names(name="names", member=member)
        step(name="tun", wanted=member.service.tun)
        files = file.files(name="service files", service=member.service)
    _running(kept, program, files, configuration)


def _running(
    kept: OperationMeta,
    program: OperationMeta | None = None,
    files: OperationMeta | None = None,
    configuration: OperationMeta | None = None,
) -> None:
    _served(program, files, configuration)
    _well(kept)


def _served(
    program: OperationMeta | None = None,
    files: OperationMeta | None = None,
    configuration: OperationMeta | None = None,
) -> None:
    member = _member()
    if member.home.system == WINDOWS:
        windows.serviced(member, (program, configuration))
    else:
        service.service(name="service", member=member, program=program, files=files, config=configuration)


def _well(kept: OperationMeta) -> None:
    member = _member()
    if member.home.system == WINDOWS:
        on_windows.well(name="health", member=member, kept=kept)
    else:
        health.gate(name="health", member=member, kept=kept)
    lock.program_locked(name="lock of the program", member=member)


def _pruned() -> None:
    member = _member()
    if member.home.system == WINDOWS:
        on_windows.change(name="old programs", member=member, what="old_programs")
        return
    binary.pruned(name="old programs", keep=member.fleet.upgrade.keep, home=member.home)
