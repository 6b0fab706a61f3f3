# SPDX-License-Identifier: MIT
"""`step` on Windows, where no module runs: the controller brings files and batch. Elsewhere the module does it."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible_collections.everleaf.overlay.plugins.plugin_utils.windows import Windows

from everleaf_fleet.redaction import redacted
from everleaf_fleet.windows import batch
from everleaf_fleet.windows.changes import NEW

OPTIONS = {
    "check": {"type": "str", "required": True},
    "make": {"type": "str", "required": True},
    "environ": {"type": "dict", "default": {}},
    "files": {"type": "list", "elements": "dict", "default": []},
    "src": {"type": "path"},
    "dest": {"type": "str"},
}


class ActionModule(ActionBase):
    """One look, and perhaps one change."""

    def run(self, tmp=None, task_vars=None):
        """Bring the files only if something has to be changed."""
        result = super().run(tmp, task_vars)
        if not Windows.at(self):
            given = {name: value for name, value in self._task.args.items() if name in ("check", "make", "environ")}
            return result | self._execute_module("everleaf.overlay.step", module_args=given, task_vars=task_vars)
        _, given = self.validate_argument_spec(OPTIONS)
        there = Windows(self)
        if there.run(batch.done(given["check"])).stdout.split() == ["done"]:
            return result | {"changed": False}
        if self._task.diff:
            result["diff"] = [_difference(there, file) for file in given["files"]]
        if self._task.check_mode:
            return result | {"changed": True}
        for file in given["files"]:
            there.put(file["content"].encode(), file["path"])
        if given["src"]:
            there.put_file(given["src"], given["dest"])
        return result | there.run(given["make"]).to_result(given["make"])


def _difference(there, file):
    path = file["path"].removesuffix(NEW)
    before = there.content(path).decode(errors="replace").replace("\r\n", "\n")
    after = file["content"].replace("\r\n", "\n")
    return {"before": redacted(before), "after": redacted(after), "before_header": path, "after_header": path}
