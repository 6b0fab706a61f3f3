"""What Ansible is told of a fleet's hosts: how each is reached, and all that it should be, as plain data.

The roles decide and render nothing themselves, so what they write is what everybody else here writes.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from everleaf.errors import UnavailableError, UsageError
from everleaf_fleet import steps
from everleaf_fleet.member import Member
from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.model.links import missing_keys
from everleaf_fleet.model.names import BEGIN, END, block
from everleaf_fleet.order import batches

_BECOME = {"sudo": "sudo", "su": "su", "doas": "everleaf.overlay.doas"}  # ansible-core has none for doas
_COLUMNS = ("system", "user", "group", "root_group", "binary", "versions", "state", "key_file", "hosts_file")


def changed_in_order(fleet: Fleet) -> tuple[tuple[str, ...], ...]:
    """All hosts, in the batches in which they may be changed while they carry each other's packets."""
    return batches(fleet, changing=fleet.hosts.keys(), running=fleet.hosts.keys())


def fleet_variables(fleet: Fleet) -> dict[str, Any]:
    """What holds for every host: `everleaf_fleet`. The inventory has the hosts in the order of its batches."""
    file = str(Path(fleet.file).absolute())
    sizes = [len(batch) for batch in changed_in_order(fleet)]
    return {
        "name": fleet.name,
        "file": file,
        "names": fleet.names,
        "batches": sizes,
        "rollback": fleet.upgrade.rollback,
    }


def host_variables(member: Member) -> dict[str, Any]:
    """All of one host, `everleaf_blueprint` among it. Raises UsageError for a host that Ansible cannot reach."""
    return connection(member) | {"everleaf_blueprint": blueprint_variables(member)}


def connection(member: Member) -> dict[str, Any]:
    """How a host is reached. What is not said is left to the controller's ssh, and to Ansible."""
    host, become = member.spec, member.spec.ssh.become
    if host.connector not in _REACHED:
        raise UsageError(f"{host.name} is reached by {host.connector}", fix=f"Ansible can do {' and '.join(_REACHED)}")
    said = _REACHED[host.connector](member)
    if become:
        said |= {"ansible_become": True, "ansible_become_method": _BECOME[become]}
    return {"ansible_connection": host.connector} | {name: value for name, value in said.items() if value}


def _by_ssh(member: Member) -> dict[str, Any]:
    ssh = member.spec.ssh
    return {
        "ansible_host": member.spec.address,
        "ansible_port": ssh.port,
        "ansible_user": ssh.user,
        "ansible_ssh_private_key_file": ssh.key,
        "ansible_python_interpreter": member.home.python,
    }


def _locally(_: Member) -> dict[str, Any]:
    return {"ansible_python_interpreter": sys.executable}


_REACHED = {"ssh": _by_ssh, "local": _locally}


def blueprint_variables(member: Member) -> dict[str, Any]:
    """What the roles work with. While there cannot be a configuration yet, `waits_for` says why."""
    home, service = member.home, member.service
    config, waits_for = {}, ""
    try:
        config = asdict(member.blueprint().config)
    except UnavailableError as error:
        waits_for = str(error)
    return {
        "host": member.name,
        "version": member.fleet.version,
        "public_keys": list(member.locked.keys) if member.locked else [],
        **{name: getattr(home, name) for name in _COLUMNS},
        "mtu": member.spec.mtu,
        "program": steps.program(member),
        "directories": [asdict(one) for one in service.directories],
        "config": config,
        "waits_for": waits_for,
        "unknown_peers": list(missing_keys(member.fleet, member.book.lock, member.spec)),
        "names": names_variables(member),
        "service": {"manager": service.manager, "files": [asdict(one) for one in service.files]},
        "steps": {name: asdict(step) for name, step in steps.steps(member).items()},
        "lines": {
            "identity": steps.identity(home),
            "accept": steps.accept(home, "%s"),
            "config_back": steps.config_back(home),
            "restart": f"( {service.commands['restart']} )",
            "gate": steps.gate(member),
        },
    }


def names_variables(member: Member) -> dict[str, str]:
    """Our block of the hosts file; its lines are empty when there is none."""
    inside = block(member.fleet, member.book.lock).removeprefix(f"{BEGIN}\n").removesuffix(f"{END}\n")
    return {"begin": BEGIN, "end": END, "lines": inside}
