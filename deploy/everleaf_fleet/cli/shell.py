"""`everleaf-fleet shell`."""

from __future__ import annotations

import argparse
import os
import shutil

from everleaf_fleet.lab import Lab


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("host", metavar="HOST", help="h1, h2, ...")
    parser.add_argument("command", metavar="COMMAND", nargs=argparse.REMAINDER, help="what to run instead of a shell")
    parser.add_argument("--lab", metavar="PID", type=int, help="which lab, if several are running")


def run(options: argparse.Namespace) -> int:
    """Become the shell or command; returns only by raising NodeError."""
    host = Lab.find(options.lab).host(options.host)
    shell = shutil.which("bash") or "sh"
    prompt = f"{host.name}:\\w# "
    command = options.command or [shell, *(["--norc"] if shell.endswith("bash") else [])]
    words = host.words(command, TERM=os.environ.get("TERM", "dumb"), PS1=prompt)
    os.execvp(words[0], words)
