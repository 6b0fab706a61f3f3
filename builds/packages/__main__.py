"""`python -m builds.packages`: packages of every Linux program in dist/, beside it."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from builds.packages.form import FORMS
from builds.packages.package import package
from builds.release.artefact import describe

from everleaf import __version__
from everleaf.errors import NodeError, UsageError
from everleaf.release import Artefact

_OF_GLIBC = ("deb", "rpm", "archlinux")
_OF_STATIC = ("apk", "ipk")
_ROUTERS = ("mips", "mipsel")


def main() -> int:
    """Its exit status."""
    parser = ArgumentParser(prog="python -m builds.packages", description=__doc__)
    parser.add_argument("--dist", metavar="DIRECTORY", type=Path, default=Path("dist"), help="where programs are")
    parser.add_argument("--form", choices=FORMS, action="append", help="only this; may be said more than once")
    options = parser.parse_args()
    try:
        for path in _programs(options.dist):
            row = describe(path)
            for form in _forms(row):
                if not options.form or form in options.form:
                    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
                    glibc = row.minimum.removeprefix("glibc ")
                    print(package(form, path, row.arch, __version__, options.dist, glibc=glibc, epoch=epoch))
    except NodeError as error:
        print(f"builds.packages: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _programs(dist: Path) -> list[Path]:
    found = [path for path in sorted(dist.glob(f"everleaf-{__version__}-linux-*")) if describe(path).form == "program"]
    if not found:
        raise UsageError(f"{dist} has no Linux program of version {__version__}", fix="run: python -m builds TARGET")
    return found


def _forms(row: Artefact) -> tuple[str, ...]:
    """What a program is packaged as: linked with nothing for systems without the GNU C library.

    Of the distributions that have it, Debian alone is for MIPS.
    """
    if row.libc == "glibc":
        return ("deb",) if row.arch in _ROUTERS else _OF_GLIBC
    return (*_OF_STATIC, *(("edgeos",) if row.arch in _ROUTERS else ()))


sys.exit(main())
