#!/usr/bin/python
# SPDX-License-Identifier: MIT
"""Names in the hosts file of Windows. The action of that name does it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: names
short_description: Have the fleet's names in the hosts file of Windows
description:
  - Writes the block of a hosts file that everleaf alone writes. Elsewhere that is M(ansible.builtin.blockinfile).
author:
  - The everleaf authors
options:
  path:
    description: The hosts file.
    type: str
    required: true
  lines:
    description: What is in the block, empty for no block.
    type: str
    required: true
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
"""

EXAMPLES = r"""
- name: Names
  everleaf.overlay.names:
    path: 'C:\Windows\System32\drivers\etc\hosts'
    lines: "{{ everleaf_blueprint.names.lines }}"
"""

RETURN = ""
