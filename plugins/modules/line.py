#!/usr/bin/python
# SPDX-License-Identifier: MIT
"""A line for the host's shell. The action of that name does it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: line
short_description: Run a line of the host's shell
description:
  - Runs one command line by C(sh), or on Windows some lines of batch, and has what they print.
  - Check mode leaves it out.
author:
  - The everleaf authors
options:
  line:
    description: The line.
    type: str
    required: true
attributes:
  check_mode:
    support: none
  diff_mode:
    support: none
"""

EXAMPLES = r"""
- name: System
  everleaf.overlay.line:
    line: uname -sm
  changed_when: false
"""

RETURN = r"""
stdout:
  description: What it has printed.
  type: str
  returned: always
"""
