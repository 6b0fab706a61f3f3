"""Lines of POSIX shell that mean the same on every system a fleet has, where their own programs differ."""

from __future__ import annotations

from shlex import quote

from pyinfra.api.command import QuoteString, StringCommand

from everleaf_fleet.checksum import checksum_line


def checksum(path: str) -> StringCommand:
    """Print one line with the SHA-256 of a file in it; fail if no program here can tell."""
    return StringCommand(checksum_line(quote(path)))


def has_checksum(path: str, sha256: str) -> StringCommand:
    """Fail, and say so, unless a file has that SHA-256."""
    wrong = f"{path} did not arrive as it was sent"
    return StringCommand("{", checksum(path), "| grep -q", sha256, "|| { echo", QuoteString(wrong), ">&2; false; }; }")


def switch(link: str, target: str | StringCommand) -> StringCommand:
    """Point a symbolic link elsewhere; at no moment is there none. Not for links to directories.

    `target` is a path, or a word for the shell.
    """
    new, word = QuoteString(f"{link}.new"), QuoteString(target) if isinstance(target, str) else target
    return StringCommand("rm -f", new, "&& ln -s", word, new, "&& mv -f", new, QuoteString(link))


def quietly(line: str) -> StringCommand:
    """A command line of the platform's table as one command, whatever is in it, without a word of it."""
    return StringCommand("(", line, ") </dev/null >/dev/null 2>&1")


def whole(line: str) -> StringCommand:
    """A command line of the platform's table as one command, whatever is in it."""
    return StringCommand("(", line, ")")


def refuse(reason: str) -> StringCommand:
    """Fail with a reason that people can act on."""
    return StringCommand("echo", QuoteString(reason), ">&2; exit 1")
