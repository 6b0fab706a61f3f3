"""`pyinfra inventory.py site.py --data everleaf_binary=../dist/everleaf`: the whole deploy, from a checkout."""

from everleaf_fleet import deploys

deploys.site()
