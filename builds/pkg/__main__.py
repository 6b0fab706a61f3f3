"""`python -m builds.pkg PLATFORM --program FILE --machine ARCH`: a recipe in dist/pkg/PLATFORM, to be run there."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from builds.pkg.recipe import SYSTEMS, recipe

from everleaf import __version__
from everleaf.errors import NodeError


def main() -> int:
    """Its exit status."""
    parser = ArgumentParser(prog="python -m builds.pkg", description="Make the recipe of a package for another system.")
    parser.add_argument("platform", choices=SYSTEMS)
    parser.add_argument(
        "--program", metavar="FILE", type=Path, required=True, help="built for it; for Windows the folder"
    )
    parser.add_argument("--machine", metavar="ARCH", required=True, help="as its packages call it, such as amd64")
    parser.add_argument("--out", metavar="DIRECTORY", type=Path, help="dist/pkg/PLATFORM unless said")
    options = parser.parse_args()
    out = options.out or Path("dist/pkg") / options.platform
    try:
        epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
        recipe(options.platform, options.program, (__version__, options.machine), out, epoch)
    except NodeError as error:
        print(f"builds.pkg: {error}", file=sys.stderr)
        return error.exit_code
    print(f"{out}: copy it there, and run make.sh in it; on Windows: wix build everleaf.wxs", file=sys.stderr)
    return 0


sys.exit(main())
