# SPDX-License-Identifier: MIT
"""One line for the host's shell, whichever that is: `sh`, or on Windows batch."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible_collections.everleaf.overlay.plugins.plugin_utils.windows import Windows


class ActionModule(ActionBase):
    """Runs it, and has what it printed."""

    def run(self, tmp=None, task_vars=None):
        """Fail as the line does."""
        result = super().run(tmp, task_vars)
        _, given = self.validate_argument_spec({"line": {"type": "str", "required": True}})
        if self._task.check_mode:
            return result | {"skipped": True, "changed": False}
        if Windows.at(self):
            said = Windows(self).run(given["line"])
            return result | said.to_result(given["line"]) | {"stdout": said.stdout.rstrip("\n")}
        words = {"argv": ["sh", "-c", str(given["line"])]}
        return result | self._execute_module("ansible.legacy.command", module_args=words, task_vars=task_vars)
