# SPDX-License-Identifier: MIT
"""The hosts of a fleet, out of `fleet.toml` and `fleet.lock`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet
short_description: The hosts of an everleaf fleet
description:
  - Reads C(fleet.toml), and C(fleet.lock) beside it, with everleaf's own reader, and asks no host anything.
  - Every host gets its connection and C(everleaf_blueprint), all that it should be. Its groups are those of the file.
  - C(everleaf_fleet) is what holds for all of them. They come in the order in which an upgrade may change them.
author:
  - The everleaf authors
requirements:
  - everleaf[fleet] in the Python that runs Ansible
notes:
  - With this plugin enabled, C(fleet.toml) is an inventory by itself, C(-i fleet.toml).
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [everleaf.overlay.fleet]
  fleet:
    description: The fleet's file; relative to the inventory that names it.
    type: path
    default: fleet.toml
"""

EXAMPLES = r"""
# ansible.cfg
#   [inventory]
#   enable_plugins = everleaf.overlay.fleet
# and then: ansible-inventory -i fleet.toml --graph

# or, where others are enabled too, an inventory of its own such as everleaf.yml
plugin: everleaf.overlay.fleet
fleet: ../fleet.toml
"""

from itertools import chain
from pathlib import Path

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

try:
    from everleaf.errors import NodeError
    from everleaf_fleet.hostvars import changed_in_order, fleet_variables, host_variables
    from everleaf_fleet.member import Member
    from everleaf_fleet.model import reader
    from everleaf_fleet.model.book import Book
    from everleaf_fleet.model.lock import beside
except ImportError as missing:
    MISSING: ImportError | None = missing
else:
    MISSING = None


class InventoryModule(BaseInventoryPlugin):
    """Texts of a fleet are data: none of them is taken for a template."""

    NAME = "everleaf.overlay.fleet"

    def verify_file(self, path):
        """Whether `path` is a fleet, or may name one."""
        return super().verify_file(path) and Path(path).suffix in (".toml", ".yml", ".yaml")

    def parse(self, inventory, loader, path, cache=True):
        """Fill `inventory`."""
        super().parse(inventory, loader, path, cache)
        if MISSING:
            raise AnsibleError(
                f"the controller lacks everleaf's toolkit ({MISSING}); run: pip install 'everleaf[fleet]'"
            )
        try:
            self._fill(self._fleet_file(path))
        except NodeError as error:
            raise AnsibleParserError(str(error)) from error

    def _fleet_file(self, path):
        if Path(path).suffix == ".toml":
            return Path(path)
        self._read_config_data(path)
        return Path(path).parent / self.get_option("fleet")

    def _fill(self, file):
        fleet, book = reader.load(file), Book.open(beside(file))
        self.inventory.set_variable("all", "everleaf_fleet", fleet_variables(fleet))
        for name in chain.from_iterable(changed_in_order(fleet)):
            self.inventory.add_host(name, group="all")
            for group in fleet.hosts[name].groups:
                self.inventory.add_host(name, group=self.inventory.add_group(group))
            for variable, value in host_variables(Member(fleet, book, name)).items():
                self.inventory.set_variable(name, variable, value)
