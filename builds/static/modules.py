"""Run by the very Python that is linked: find every module that the node imports, compile it and put it below OUT.

PYTHONPATH=TREE python modules.py OUT DIRECTORY...    where modules are looked for, in this order
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Iterator
from importlib.machinery import FrozenImporter
from importlib.util import MAGIC_NUMBER
from modulefinder import ModuleFinder
from pathlib import Path

from builds import contents

ENTRY = "everleaf.__main__"
_UNCHECKED = (0b01).to_bytes(4, "little")  # of a .pyc: there is no source that it could be older than
_NO_DIGEST = bytes(8)


def found(directories: list[str]) -> Iterator[tuple[str, Path]]:
    """All that is imported from ENTRY on, and by Python itself, but for what is in the program already.

    Each with the name that its source would have in the archive.
    """
    finder = ModuleFinder(directories, excludes=[*contents.excluded(), *contents.foreign("linux")])
    for name in (ENTRY, "encodings.aliases", *(f"encodings.{codec}" for codec in contents.codecs())):
        finder.import_hook(name)
    for name, module in finder.modules.items():
        about = vars(module)
        if about["__file__"] and not FrozenImporter.find_spec(name):
            yield name.replace(".", "/") + ("/__init__.py" if about["__path__"] else ".py"), Path(about["__file__"])


def main() -> None:
    """Every module as OUT/PATH.pyc."""
    out, *directories = sys.argv[1:]
    for name, source in found(directories):
        code = compile(source.read_bytes(), name, "exec", dont_inherit=True, optimize=1)
        target = Path(out, f"{name}c")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(MAGIC_NUMBER + _UNCHECKED + _NO_DIGEST + marshal.dumps(code))


if __name__ == "__main__":
    main()
