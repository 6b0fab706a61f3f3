"""`python -m everleaf_fleet` is `everleaf-fleet`."""

import sys

from everleaf_fleet.cli import main

if __name__ == "__main__":  # the process that a rollout spawns imports this file again
    sys.exit(main())
