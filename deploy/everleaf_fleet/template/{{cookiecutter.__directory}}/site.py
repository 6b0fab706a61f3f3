"""`pyinfra inventory.py site.py`: every host becomes what fleet.toml says."""

from everleaf_fleet import deploys

deploys.install()
