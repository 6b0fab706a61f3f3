"""`python -m builds.release --key SECRET`: a signed release of what is in dist/."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from builds.release.directory import make
from builds.release.signing import Signer

from everleaf import __version__
from everleaf.errors import NodeError

DIST = Path("dist")


def main() -> int:
    """Its exit status."""
    parser = ArgumentParser(prog="python -m builds.release", description="Make a signed release of what was built.")
    parser.add_argument("--key", metavar="FILE", type=Path, required=True, help="secret key of minisign")
    parser.add_argument(
        "--from", metavar="DIRECTORY", type=Path, default=Path("dist"), dest="source", help="what was built"
    )
    parser.add_argument("--out", metavar="DIRECTORY", type=Path, help="the release; dist/VERSION unless said")
    options = parser.parse_args()
    out = options.out or DIST / __version__
    try:
        signer = Signer.open(options.key)
        index = make(options.source, out, __version__, signer, int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
    except NodeError as error:
        print(f"builds.release: {error}", file=sys.stderr)
        return error.exit_code
    for row in index.files:
        print(f"{row.sha256}  {row.name}")
    print(f"{out}: {len(index.files)} files, signed by key {signer.public()}", file=sys.stderr)
    return 0


sys.exit(main())
