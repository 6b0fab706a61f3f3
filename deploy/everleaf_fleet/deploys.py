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
from pyinfra.facts.server import Arch

from everleaf.errors import NodeError
from everleaf_fleet import channel
from everleaf_fleet.member import Member
from everleaf_fleet.operations import binary, config, directory, file, health, identity, lock, names, removal, service
from everleaf_fleet.operations.step import step, undone


@deploy("install")
def install() -> None:
    """All of it: from a bare host, or an older one, to a node that runs well."""
    program = _key()
    _configured(program)
    _kept()


@deploy("keys")
def keys() -> None:
    """The program and a key on every host, and the public keys in the lock. Nothing is started."""
    _key()


@deploy("configure")
def configure() -> None:
    """Everything but the program: configuration, names, the manager's files, the service."""
    _configured()


@deploy("upgrade")
def upgrade() -> None:
    """The program alone. A host whose node is not well with it returns to the one before, and fails."""
    _running(program=_program())
    _kept()


@deploy("rollback")
def rollback() -> None:
    """The program that was used before."""
    _running(program=binary.previous(name="program", home=_member().home))


@deploy("status")
def status() -> None:
    """Look only: a host whose node is not healthy fails and says why."""
    health.healthy(name="health", home=_member().home)


@deploy("uninstall")
def uninstall() -> None:
    """Nothing stays but the key, so that the host can come back as who it was."""
    member = _member()
    service.stopped(name="service", wanted=member.service)
    names.nameless(name="names", home=member.home)
    removal.removed(name="files", home=member.home, wanted=member.service)
    removal.orphaned(name="owner of the key", home=member.home)
    undone(name="account", wanted=member.service.account)


@deploy("purge")
def purge() -> None:
    """Nothing stays, and the fleet's lock forgets the host."""
    uninstall()
    removal.keyless(name="key", home=_member().home)
    lock.forgotten(name="lock", member=_member())


# --- the steps that they share ----------------------------------------------------------------------------------------


def _member() -> Member:
    member = host.data.get("everleaf")
    if not isinstance(member, Member):
        raise DeployError(f"{host.name} is of no fleet; use the inventory everleaf_fleet.inventory:make, or @lab")
    return member


def _program() -> OperationMeta:
    member = _member()
    source = _source(member)
    return binary.binary(
        name="program", source=source, sha256=_sha256(source), version=member.fleet.version, home=member.home
    )


def _source(member: Member) -> str:
    """The program here."""
    given = host.data.get("everleaf_binary")
    if given and not Path(given).is_file():
        raise DeployError(f"everleaf_binary is {given!r}, which is no file here; run `make freeze`, or give its path")
    try:
        return str(given or channel.program(member.fleet, member.home, host.get_fact(Arch)))
    except NodeError as error:
        raise DeployError(str(error)) from None


@cache
def _sha256(path: str) -> str:
    with Path(path).open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _key() -> OperationMeta:
    member = _member()
    step(name="account", wanted=member.service.account)
    directory.directories(name="directories", wanted=member.service.directories)
    program = _program()
    identity.identity(name="identity", member=member)
    lock.key_locked(name="lock of the key", member=member)
    return program


def _configured(program: OperationMeta | None = None) -> None:
    member = _member()
    configuration = config.config(name="configuration", member=member)
    names.names(name="names", member=member)
    step(name="tun", wanted=member.service.tun)
    files = file.files(name="service files", service=member.service)
    _running(program, files, configuration)


def _running(
    program: OperationMeta | None = None,
    files: OperationMeta | None = None,
    configuration: OperationMeta | None = None,
) -> None:
    member = _member()
    service.service(name="service", member=member, program=program, files=files, config=configuration)
    health.gate(name="health", member=member, program=program, config=configuration)
    lock.program_locked(name="lock of the program", member=member)


def _kept() -> None:
    member = _member()
    binary.pruned(name="old programs", keep=member.fleet.upgrade.keep, home=member.home)
