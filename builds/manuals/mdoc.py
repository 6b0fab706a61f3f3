"""Writing mdoc, the language of manual pages: macros a line each, and text in which nothing is a macro by accident."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

_END = re.compile(r"(?<=[a-z0-9)\"`][.:]) (?=[A-Z0-9])")
_MACRO_LIKE = re.compile(r"^[A-Z][a-z]$|^[A-Z]\w?$")


def page(name: str, section: int, epoch: int, body: Iterable[str]) -> str:
    """The whole text; `epoch` is its date, in seconds."""
    date = datetime.fromtimestamp(epoch, UTC)
    head = [f".Dd {date:%B} {date.day}, {date.year}", f".Dt {name.upper()} {section}", ".Os"]
    return "\n".join([*head, *body]) + "\n"


def sentences(words: str) -> Iterator[str]:
    """Running text: each sentence begins a line, as formatters want it, and no line is long."""
    for sentence in _END.split(words):
        for line in textwrap.wrap(sentence, 72, break_long_words=False, break_on_hyphens=False):
            yield f"\\&{_escaped(line)}" if line.startswith((".", "'")) else _escaped(line)


def argument(words: str) -> str:
    """One argument of a macro."""
    line = _escaped(words).replace('"', "\\(dq")
    if _MACRO_LIKE.match(line) or line in {".", ",", ":", ";", "(", ")", "[", "]", "?", "!", "|"}:
        line = f"\\&{line}"
    return f'"{line}"' if " " in line or not line else line


def section(title: str) -> str:
    return f".Sh {title}"


def items(rows: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """A list of terms, each a line of macros, with what is said of it."""
    yield ".Bl -tag -width Ds"
    for term, said in rows:
        yield f".It {term}"
        yield from said
    yield ".El"


def _escaped(words: str) -> str:
    return words.replace("\\", "\\e").replace("-", "\\-")
