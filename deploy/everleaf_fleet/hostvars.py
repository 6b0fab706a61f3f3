"""What Ansible is told of a fleet's hosts: how each is reached, and all that it should be, as plain data.

The roles decide and render nothing themselves, so what they write is what everybody else here writes.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from everleaf.errors import UnavailableError, UsageError
from everleaf.platform import ROUTER, WINDOWS
from everleaf_fleet import steps
from everleaf_fleet.member import Member
from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.model.links import missing_keys
from everleaf_fleet.model.names import BEGIN, END, block
from everleaf_fleet.order import batches
from everleaf_fleet.programs import program
from everleaf_fleet.windows import changes, places

_BECOME = {"sudo": "sudo", "su": "su", "doas": "everleaf.overlay.doas"}  # ansible-core has none for doas
_SHELLS = {WINDOWS: "cmd"}  # or PowerShell: what we say there means the same to both
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
        raise UsageError(f"{host.name} is reached by {host.connector}", fix=f"Ansible can do {', '.join(_REACHED)}")
    said = _REACHED[host.connector](member)
    if become:
        said |= {"ansible_become": True, "ansible_become_method": _BECOME[become]}
    return {name: value for name, value in said.items() if value}


def _by_ssh(member: Member) -> dict[str, Any]:
    ssh = member.spec.ssh
    return {
        "ansible_connection": "ssh",
        "ansible_host": member.spec.address,
        "ansible_port": ssh.port,
        "ansible_user": ssh.user,
        "ansible_ssh_private_key_file": ssh.key,
        "ansible_ssh_transfer_method": member.home.transfer,
        "ansible_python_interpreter": member.home.python,
        "ansible_shell_type": _SHELLS.get(member.home.system),
    }


def _by_overlay(member: Member) -> dict[str, Any]:
    """By its own address in the mesh, once it has run there. Ansible cannot try two addresses, as pyinfra does."""
    known = member.locked
    return _by_ssh(member) | ({"ansible_host": known.address} if known and known.version else {})


def _locally(_: Member) -> dict[str, Any]:
    return {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}


_REACHED = {"ssh": _by_ssh, "overlay": _by_overlay, "local": _locally}


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
        "address": member.spec.address,
        "by_hand": member.by_hand or _refused(member),
        "version": member.fleet.version,
        "public_keys": list(member.locked.keys) if member.locked else [],
        **{name: getattr(home, name) for name in _COLUMNS},
        "mtu": member.spec.mtu,
        "program": program(home, member.fleet.version),
        "directories": [asdict(one) for one in service.directories],
        "config": config,
        "waits_for": waits_for,
        "unknown_peers": list(missing_keys(member.fleet, member.book.lock, member.spec)),
        "names": names_variables(member),
        "service": {"manager": service.manager, "files": [asdict(one) for one in service.files]},
        **(_windows(member) if home.system == WINDOWS else _posix(member)),
    }


def _posix(member: Member) -> dict[str, Any]:
    """Lines of a POSIX shell."""
    home = member.home
    made = {name: asdict(step) | {"files": []} for name, step in steps.steps(member).items()}
    return {
        "steps": made,
        "lines": {
            "system": "uname -sm",
            "judge": f"{program(home, member.fleet.version)} check --config {home.config}",
            "accept": steps.accept(home, member.fleet.version, "%s"),
            "identity": steps.identity(home, member.fleet.version),
            "gate": steps.gate(member),
            "program_stays": steps.program_stays(member),
            "confirm": steps.confirm(home),
            "confirm_any": steps.told(home, "confirm"),
            "back": steps.told(home, "back"),
        },
    }


def _windows(member: Member) -> dict[str, Any]:
    """Lines of batch. What there is nothing to do for is as it should be."""
    home, version = member.home, member.fleet.version
    nothing = changes.Change("exit /b 0", "")
    made = dict.fromkeys(("account", "disabled", "unknown", "orphan"), nothing) | changes.changes(member)
    present = asdict(changes.present(home, version, "{sha256}"))
    return {
        "steps": {name: asdict(change) for name, change in made.items()}
        | {"present": present | {"archive": places.archive(home, version)}},
        "lines": {
            "system": "echo Windows %PROCESSOR_ARCHITECTURE%",
            "judge": f'if exist "{home.config}" "{home.binary}" check --config "{home.config}"',
            "identity": changes.identity(home),
            "gate": changes.gate(member),
            "program_stays": changes.program_stays(member),
            "confirm": changes.confirm(home),
            "confirm_any": changes.told(home, "confirm"),
            "back": changes.told(home, "back"),
        },
    }


def _refused(member: Member) -> str:
    """Why the roles, which put files in place and nothing else, can do nothing there; "" where they can."""
    if member.home.manager != ROUTER:
        return ""
    return member.told("its node is part of the router's own configuration, which pyinfra types and roles do not")


def names_variables(member: Member) -> dict[str, str]:
    """Our block of the hosts file; its lines are empty when there is none."""
    inside = block(member.fleet, member.book.lock).removeprefix(f"{BEGIN}\n").removesuffix(f"{END}\n")
    return {"begin": BEGIN, "end": END, "lines": inside}
