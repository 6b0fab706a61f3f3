"""The hosts of `fleet.toml` here, or of the file that the variable EVERLEAF_FLEET names."""

from everleaf_fleet.inventory import make

globals().update(make())
