"""`python -m builds.manuals DIRECTORY`: man pages and completions, as they are below /usr/share."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from builds.manuals.files import write


def main() -> int:
    """Its exit status."""
    parser = ArgumentParser(prog="python -m builds.manuals", description="Write man pages and completions.")
    parser.add_argument("share", metavar="DIRECTORY", type=Path, help="what is /usr/share on a host")
    options = parser.parse_args()
    for path in write(options.share, int(os.environ.get("SOURCE_DATE_EPOCH", "0"))):
        print(path)
    return 0


sys.exit(main())
