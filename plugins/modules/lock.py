#!/usr/bin/python
# SPDX-License-Identifier: MIT
"""What a host tells, written into the fleet's lock on the controller. The action of that name does it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: lock
short_description: Keep what a host tells in fleet.lock
description:
  - Writes the public key of a host, or which program it runs, into C(fleet.lock) on the controller.
  - A key that is not the one the lock knows is refused. What is not given stays as it is.
  - One at a time (C(throttle=1)), for all hosts share that file.
author:
  - The everleaf authors
requirements:
  - everleaf[fleet] in the Python that runs Ansible
options:
  fleet:
    description: The fleet's file.
    type: path
    required: true
  host:
    description: The host's name in it.
    type: str
    required: true
  public_key:
    description: Its public key, 64 hexadecimal digits; empty if it has none, which only check mode may find.
    type: str
  version:
    description: The version of the node that runs there.
    type: str
  sha256:
    description: The checksum of its file.
    type: str
  state:
    description: V(absent) drops the host from the lock.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: Lock of the key
  everleaf.overlay.lock:
    fleet: "{{ everleaf_fleet.file }}"
    host: "{{ inventory_hostname }}"
    public_key: "{{ (identity.stdout | from_json).public_key }}"
  throttle: 1
"""

RETURN = ""
