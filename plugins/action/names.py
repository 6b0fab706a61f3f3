# SPDX-License-Identifier: MIT
"""The fleet's block in the hosts file of Windows; elsewhere `blockinfile` writes it."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible_collections.everleaf.overlay.plugins.plugin_utils.windows import Windows

from everleaf_fleet.model.names import BEGIN, END, with_block
from everleaf_fleet.windows import batch
from everleaf_fleet.windows.changes import NEW

OPTIONS = {"path": {"type": "str", "required": True}, "lines": {"type": "str", "required": True}}
BYTES = "latin-1"  # whatever others have written there stays as it is


class ActionModule(ActionBase):
    """Nothing else of the file is touched."""

    def run(self, tmp=None, task_vars=None):
        """Write it only if it says something else."""
        result = super().run(tmp, task_vars)
        _, given = self.validate_argument_spec(OPTIONS)
        there, path, lines = Windows(self), given["path"], given["lines"]
        before = there.content(path).decode(BYTES).replace("\r\n", "\n")
        after = with_block(before, f"{BEGIN}\n{lines}{END}\n" if lines else "")
        if before == after:
            return result | {"changed": False}
        if self._task.diff:
            result["diff"] = {"before": before, "after": after, "before_header": path, "after_header": path}
        if self._task.check_mode:
            return result | {"changed": True}
        there.put(after.replace("\n", "\r\n").encode(BYTES), path + NEW)
        make = f'{batch.copy(path + NEW, path)}\ndel /q "{path + NEW}"'
        return result | there.run(make).to_result(make)
