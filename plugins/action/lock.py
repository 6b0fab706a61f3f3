# SPDX-License-Identifier: MIT
"""The controller's half of `lock`, which is all of it: no host is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from everleaf.errors import NodeError
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import Locked, beside

OPTIONS = {
    "fleet": {"type": "path", "required": True},
    "host": {"type": "str", "required": True},
    "public_key": {"type": "str"},
    "version": {"type": "str"},
    "sha256": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


class ActionModule(ActionBase):
    """Changes one table of the lock, if it says something else."""

    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Raise AnsibleActionFail when the host's key is not the one that the lock knows."""
        super().run(tmp, task_vars)
        _, given = self.validate_argument_spec(OPTIONS)
        try:
            # Plain texts: Ansible's own are tagged with where they come from, and the writer of TOML takes those apart.
            return self._change({name: str(value) for name, value in given.items() if value is not None})
        except NodeError as error:
            raise AnsibleActionFail(str(error)) from error

    def _change(self, said):
        book, name = Book.open(beside(Path(said["fleet"]))), said["host"]
        known = book.lock.hosts.get(name)
        wanted = None if said["state"] == "absent" else _wanted(known, said, book.path)
        if wanted != known and not self._task.check_mode:
            if wanted:
                book.record(name, wanted)
            else:
                book.forget(name)
        return {"changed": wanted != known}


def _wanted(known, said, path):
    """What the lock should know of the host."""
    key, told = said.get("public_key"), {name: said[name] for name in ("version", "sha256") if name in said}
    if known and key is not None and key not in known.keys:
        here = f"its key is {key[:16]}" if key else "it has no key"
        advice = f"put that one back there, or delete [hosts.{said['host']}] from {path}"
        raise AnsibleActionFail(f"{here}, but the lock knows {known.public_key[:16]}; {advice}")
    return replace(known or Locked(key or ""), **told)
