# SPDX-License-Identifier: MIT
"""Become root by doas(1), as on OpenBSD; ansible-core has sudo and su only."""

from __future__ import annotations

DOCUMENTATION = r"""
name: doas
short_description: Become another user by doas
description:
  - Runs commands by C(doas), which must be allowed to the login user without a password (C(permit nopass)).
author:
  - The everleaf authors
options:
  become_user:
    description: Whom to become.
    type: str
    default: root
    vars:
      - name: ansible_become_user
    keyword:
      - name: become_user
  become_exe:
    description: The program.
    type: str
    default: doas
    vars:
      - name: ansible_become_exe
    keyword:
      - name: become_exe
  become_flags:
    description: Its options.
    type: str
    default: -n
    vars:
      - name: ansible_become_flags
    keyword:
      - name: become_flags
"""

from ansible.plugins.become import BecomeBase


class BecomeModule(BecomeBase):
    """doas -n -u root sh -c '...'"""

    name = "everleaf.overlay.doas"
    fail = ("Operation not permitted", "Authorization required", "a password is required")

    def build_become_command(self, cmd, shell):
        """`cmd` as another user runs it."""
        super().build_become_command(cmd, shell)
        if not cmd:
            return cmd
        words = [self.get_option("become_exe"), self.get_option("become_flags"), "-u", self.get_option("become_user")]
        return " ".join([*filter(None, words), self._build_success_command(cmd, shell)])
