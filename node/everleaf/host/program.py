"""Run one of the system's own programs: `ifconfig`, `route`, `netsh`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TIMEOUT = 20.0  # seconds
_C_LOCALE = {"LC_ALL": "C", "LANG": "C"}
_ENCODING = "oem" if sys.platform == "win32" else "utf-8"  # a console program of Windows writes the console's


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ended."""

    status: int
    stdout: str
    stderr: str


def run(command: Sequence[str]) -> Completed:
    """In the C locale, without a shell; status 127 when there is no such program, 124 when it does not end."""
    environment: Mapping[str, str] = os.environ | _C_LOCALE
    try:
        done = subprocess.run(
            command, capture_output=True, encoding=_ENCODING, errors="replace", env=environment, check=False,
            stdin=subprocess.DEVNULL, timeout=TIMEOUT,
        )  # fmt: skip
    except FileNotFoundError:
        return Completed(127, "", f"{command[0]}: not found")
    except subprocess.TimeoutExpired:
        return Completed(124, "", f"{command[0]}: no answer in {TIMEOUT:g} s")
    return Completed(done.returncode, done.stdout, done.stderr)
