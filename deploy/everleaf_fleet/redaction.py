"""Secrets that somebody may have written into a file, kept out of what is shown of it."""

from __future__ import annotations

import re

_SECRET = re.compile(r"""(password["']?\s*=\s*)("[^"]*"|'[^']*'|[^"'&\s]+)""")  # an option's, or a URI's


def redacted(text: str) -> str:
    """The same with nothing behind a password's name."""
    return _SECRET.sub(r'\1"..."', text)
