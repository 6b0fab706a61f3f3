# SPDX-License-Identifier: MIT
"""The program for a host, out of the fleet's channel."""

from __future__ import annotations

DOCUMENTATION = r"""
name: program
short_description: The node's program for a kind of host
description:
  - Finds the program of the fleet's version in the fleet's channel, for the host's platform and machine.
author:
  - The everleaf authors
requirements:
  - everleaf[fleet] in the Python that runs Ansible
options:
  _terms:
    description: What C(uname -m) says on the host, or Windows calls its processor.
    type: list
    elements: str
    required: true
  fleet:
    description: The fleet's file.
    type: path
    required: true
  host:
    description: The host's name in it.
    type: str
    required: true
  override:
    description: A path here that is taken instead.
    type: str
    default: ""
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ lookup('everleaf.overlay.program', 'x86_64', fleet=everleaf_fleet.file, host=inventory_hostname) }}"
"""

RETURN = r"""
_raw:
  description: C(path) here, and C(sha256) of it, for each machine.
  type: list
  elements: dict
"""

from functools import cache
from hashlib import file_digest
from pathlib import Path

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from everleaf.errors import NodeError
from everleaf.platform import platform
from everleaf_fleet import channel
from everleaf_fleet.model import lock, reader


class LookupModule(LookupBase):
    """One program for each machine that is named."""

    def run(self, terms, variables=None, **kwargs):
        """Raise AnsibleLookupError, which names the file that is not there."""
        self.set_options(var_options=variables, direct=kwargs)
        return [_told(self._path(machine)) for machine in terms]

    def _path(self, machine):
        given = self.get_option("override")
        if given and not Path(given).is_file():
            raise AnsibleLookupError(f"the program {given} is no file here; run `make freeze`, or give its path")
        if given:
            return given
        file, host = self.get_option("fleet"), self.get_option("host")
        try:
            fleet = reader.load(file)
            channel.judge(fleet, lock.load(lock.beside(Path(file))), [host])
            return str(channel.program(fleet, platform(fleet.hosts[host].platform), machine.lower()))
        except NodeError as error:
            raise AnsibleLookupError(str(error)) from error


@cache
def _told(path):
    with Path(path).open("rb") as file:
        return {"path": path, "sha256": file_digest(file, "sha256").hexdigest()}
