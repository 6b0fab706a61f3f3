"""The command line: one file per command, each light to import; what a command needs it imports when it runs."""

from everleaf.cli.main import main

__all__ = ["main"]
