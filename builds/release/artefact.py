"""What a file of a release is, by its name."""

from __future__ import annotations

import re
from pathlib import Path

from everleaf.release import Artefact

_PROGRAM = re.compile(
    r"everleaf-[^-]+-(?P<os>[a-z]+)(?P<release>[0-9]*)-(?P<arch>[a-z0-9_]+)(-(?P<libc>[a-z]+)(?P<least>[0-9]*))?"
)
_FORMS = {  # by the end of the name; everything else is a program
    ".cdx.json": "sbom",
    ".deb": "deb",
    ".rpm": "rpm",
    ".apk": "apk",
    ".ipk": "ipk",
    ".pkg.tar.zst": "archlinux",
    ".whl": "wheel",
    ".tar.gz": "sdist",
    ".tgz": "folder",
    ".zip": "folder",
    ".sh": "script",
}


def describe(path: Path) -> Artefact:
    """Its row in the index."""
    ending, form = next(((end, form) for end, form in _FORMS.items() if path.name.endswith(end)), ("", "program"))
    found = _PROGRAM.fullmatch(path.name.removesuffix(ending).removesuffix(".exe"))
    words = {name: word or "" for name, word in (found.groupdict() if found else {}).items()}
    least, release = words.pop("least", ""), words.pop("release", "")
    if least:
        words["minimum"] = f"{words['libc']} {least[0]}.{least[1:]}"
    elif release:
        words["minimum"] = f"{words['os']} {release}"
    return Artefact.of(path, form=form, **words)
