"""The hosts of a fleet for pyinfra: `pyinfra everleaf_fleet.inventory:make everleaf_fleet.deploys.install`.

Every host has `everleaf` as data, its Member; and how it is reached. Groups are those of the fleet's file, and `all`.
Hosts of any other inventory find their place by name: `pyinfra @vagrant/fra1 everleaf_fleet.deploys.install --sudo`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from pyinfra import logger
from pyinfra.api.exceptions import InventoryError

from everleaf.errors import NodeError, UsageError
from everleaf.platform import WINDOWS
from everleaf_fleet.member import Member
from everleaf_fleet.model import reader
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.model.lock import beside
from everleaf_fleet.order import by_overlay

Target = tuple[str, dict[str, Any]]  # what pyinfra calls a host, and its data
Groups = dict[str, list[Any]]

_BECOME: dict[str, dict[str, Any]] = {
    "": {},
    "sudo": {"_sudo": True},
    "doas": {"_doas": True},
    "su": {"_su_user": "root"},
}


def make() -> Groups:
    """The fleet in `fleet.toml`, or in the file that the variable EVERLEAF_FLEET names.

    Raises InventoryError, which pyinfra shows in one line: anything else would be a traceback there.
    """
    try:
        return groups(*read())
    except NodeError as error:
        raise InventoryError(str(error)) from None


def read() -> tuple[Fleet, Book]:
    """That fleet, and its book. Raises ConfigError."""
    path = Path(os.environ.get("EVERLEAF_FLEET", "fleet.toml"))
    return reader.load(path), Book.open(beside(path))


@cache
def opened() -> tuple[Fleet, Book]:
    """For hosts that come one by one: all of them share one book."""
    return read()


def member(name: str) -> Member:
    """Who a host of another inventory is: `fra1`, and whatever a connector calls by that name, as `@vagrant/fra1`.

    Raises ConfigError, and UsageError for a host that the fleet has not.
    """
    fleet, book = opened()
    own = name.rpartition("/")[2]
    if own not in fleet.hosts:
        raise UsageError(f"{fleet.file} has no host {own!r}; it has: {', '.join(fleet.hosts)}")
    return Member(fleet, book, own)


def groups(fleet: Fleet, book: Book) -> Groups:
    """The inventory of a fleet, all hosts to which a deploy can bring a node."""
    members = [Member(fleet, book, name) for name in fleet.hosts]
    targets = {member.name: target(member) for member in _manageable(members)}
    named = {group for spec in fleet.hosts.values() for group in spec.groups}
    return {"all": list(targets.values())} | {
        group: [targets[spec.name][0] for spec in fleet.members(group) if spec.name in targets]
        for group in sorted(named)
    }


def target(member: Member) -> Target:
    """One host: by its own name over SSH, else by its connector's."""
    spec = member.spec
    match spec.connector:
        case "ssh":
            return _by_ssh(member), data(member)
        case "local":
            return "@local", data(member)
    batch = "windows-" * (member.home.system == WINDOWS)
    return f"@{batch}{spec.connector}/{spec.name}", data(member)


def _by_ssh(member: Member) -> str:
    return f"@windows/{member.name}" if member.home.system == WINDOWS else member.name


def underlay(member: Member) -> Target:
    """The same, but never by the overlay: its node is about to end, or to have another address. Raises UsageError."""
    if by_overlay(replace(member.spec, connector="ssh")):
        fix = f"give hosts.{member.name}.address one of the underlay"
        raise UsageError(f"{member.name} is reached by the overlay alone, which would end the deploy halfway", fix=fix)
    return (_by_ssh(member), data(member)) if member.spec.connector == "overlay" else target(member)


def data(member: Member) -> dict[str, Any]:
    """What a host brings with it. What is not said of SSH is left to the controller's own."""
    ssh, become = member.spec.ssh, _BECOME[member.spec.ssh.become]
    said = {"ssh_hostname": member.spec.address, "ssh_port": ssh.port, "ssh_user": ssh.user, "ssh_key": ssh.key}
    transfer = {"ssh_file_transfer_protocol": member.home.transfer}
    return {"everleaf": member} | transfer | become | {key: value for key, value in said.items() if value}


def _manageable(members: Iterable[Member]) -> Iterable[Member]:
    for member in members:
        if member.by_hand:
            logger.warning("%s is left out: %s", member.name, member.by_hand)
        else:
            yield member
