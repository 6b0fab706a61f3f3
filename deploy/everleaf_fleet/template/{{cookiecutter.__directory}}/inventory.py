"""The hosts of fleet.toml, for pyinfra."""

from everleaf_fleet.inventory import make

globals().update(make())
