"""`everleaf-fleet down`."""

from __future__ import annotations

import argparse
import sys

from everleaf_fleet.lab import Lab


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--lab", metavar="PID", type=int, help="which lab, if several are running")


def run(options: argparse.Namespace) -> int:
    """End the lab; raise NodeError if there is none."""
    lab = Lab.find(options.lab)
    lab.down()
    print(f"the lab and its {len(lab.hosts)} hosts are gone", file=sys.stderr)
    return 0
