"""`python -m everleaf`."""

import sys

from everleaf.cli import main

sys.exit(main())
