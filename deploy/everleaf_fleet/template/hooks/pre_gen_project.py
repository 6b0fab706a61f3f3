"""Refuses answers of which no fleet can be made; runs before a file is written, with nothing but Python."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
ANSWERS = json.loads(r"""{{ cookiecutter | jsonify }}""")


def complaints(answers: dict[str, str]) -> Iterator[str]:
    """A sentence for each answer that cannot be used."""
    if not answers["name"].isprintable():
        yield f"name {answers['name']!r} is no text in one line; choose another one"
    if not LABEL.fullmatch(answers["slug"]):
        yield f"slug {answers['slug']!r} cannot be a name; use small letters, digits and -, 63 at most"
    hosts = [word.partition("=")[0] for word in answers["hosts"].replace(",", " ").split()]
    if not hosts:
        yield "hosts names nobody; give one at least, such as alpha=192.0.2.1"
    for number, name in enumerate(hosts):
        if not LABEL.fullmatch(name):
            yield f"hosts has {name!r}, which cannot be a name; use small letters, digits and -"
        if name in hosts[:number]:
            yield f"hosts has {name!r} twice; remove one"


if __name__ == "__main__":
    sys.exit("\n".join(complaints(ANSWERS)) or None)
