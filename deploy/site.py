"""`pyinfra inventory.py site.py`: the whole deploy, from a checkout."""

from everleaf_fleet import deploys

deploys.install()
