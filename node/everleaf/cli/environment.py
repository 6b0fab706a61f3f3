"""Undoing what the frozen file's loader does to the environment, so that programs we start do not inherit it."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping

# The loader points these at the bundled libraries and keeps the old value, if any, under the name with _ORIG.
# The system's loader reads them at exec only, so deleting them does not harm our own later imports.
_LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH")


def restore_environment(environ: MutableMapping[str, str] = os.environ) -> None:
    """Give `environ` back the values from before the loader. Does nothing when not frozen."""
    if not getattr(sys, "frozen", False):
        return
    for name in _LIBRARY_PATHS:
        environ.pop(name, None)
        original = environ.pop(f"{name}_ORIG", None)
        if original is not None:
            environ[name] = original
    for name in [name for name in environ if name.startswith("_PYI_")]:
        del environ[name]
