"""Where the frozen file starts."""

import sys

from everleaf.cli import main

sys.exit(main())
