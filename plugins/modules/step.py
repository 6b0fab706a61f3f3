#!/usr/bin/python
# SPDX-License-Identifier: MIT
"""Have something so: look, and make it so only if it is not."""

from __future__ import annotations

DOCUMENTATION = r"""
module: step
short_description: Make something so unless it is
description:
  - Runs one command line of the host's shell to see whether something is so, and another one to make it so.
  - Unlike a command with a condition, it says in check mode what would change, on a host that has nothing yet as well.
author:
  - The everleaf authors
options:
  check:
    description: Exits with 0 when there is nothing to do. It must not change anything.
    type: str
    required: true
  make:
    description: Makes it so.
    type: str
    required: true
  environ:
    description: Variables of both. Windows has none.
    type: dict
    default: {}
  files:
    description: On Windows the files, C(path) and C(content) of each, that are brought there before O(make).
    type: list
    elements: dict
    default: []
  src:
    description: On Windows another file here that is brought there.
    type: path
  dest:
    description: Where that one goes.
    type: str
attributes:
  check_mode:
    support: full
  diff_mode:
    support: partial
    details: It shows the files on Windows.
"""

EXAMPLES = r"""
- name: Start the node with the machine
  everleaf.overlay.step:
    check: systemctl is-enabled -q everleaf.service
    make: systemctl enable -q everleaf.service
"""

RETURN = r"""
stdout:
  description: What making it so has printed.
  type: str
  returned: when it was made so
"""

from ansible.module_utils.basic import AnsibleModule

OPTIONS = {
    "check": {"type": "str", "required": True},
    "make": {"type": "str", "required": True},
    "environ": {"type": "dict", "default": {}},
}


def main():
    """One look, and perhaps one change."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    line = module.params["make"]
    if _run(module, module.params["check"])[0] == 0:
        module.exit_json(changed=False)
    if module.check_mode:
        module.exit_json(changed=True)
    status, out, err = _run(module, line)
    if status:
        msg = err.strip() or out.strip() or f"exit {status}"
        module.fail_json(msg=msg, cmd=line, rc=status, stdout=out, stderr=err)
    module.exit_json(changed=True, stdout=out, stderr=err)


def _run(module, line):
    return module.run_command(["/bin/sh", "-c", line], environ_update=module.params["environ"])


if __name__ == "__main__":
    main()
