"""What a command's exit status and words mean: no system tells it by the status alone, and macOS not even by that.

completed = kernel.run(line)
if judge("netbsd", completed) is Outcome.REFUSED:
    problem = Problem("add route 200::/7", shlex.join(line), printed(completed))

`route` of macOS ends with 0 whatever its kernel said. FreeBSD's words changed with releases 13 and 14. OpenBSD's newer
`route -q` fails without a word. Windows speaks the operator's language, so that only its status counts. Whoever must be
sure asks afterwards which way the packets go: `interface_of`.
"""

from __future__ import annotations

import re

from everleaf.host.program import Completed
from everleaf.host.route import Outcome

_EXISTS = ("File exists", "already in table")
_MISSING = ("not in table", "has not been found", "No such process", "Can't assign requested address")
_KERNEL_REFUSED = "writing to routing socket"  # how every route(8) but FreeBSD 14's begins what the kernel answered


def judge(system: str, completed: Completed) -> Outcome:
    """What came of a command; REFUSED also where nobody can tell."""
    said = completed.stdout + completed.stderr
    outcome = Outcome.REFUSED if system == "windows" else _outcome(said)
    if completed.status != 0:
        return outcome
    lied = system == "darwin" and (outcome is not Outcome.REFUSED or _KERNEL_REFUSED in said)
    return outcome if lied else Outcome.DONE


def printed(completed: Completed) -> str:
    """What a command that failed had to say, for the operator."""
    lines = [line.strip() for text in (completed.stderr, completed.stdout) for line in text.splitlines()]
    return "; ".join(line for line in lines if line) or f"exit status {completed.status} without a word"


def interface_of(completed: Completed) -> str:
    """The interface that `route get` names; "" when there is no route."""
    found = re.search(r"^\s*interface: (\S+)", completed.stdout, re.MULTILINE)
    return found[1] if found else ""


def _outcome(said: str) -> Outcome:
    if any(words in said for words in _EXISTS):
        return Outcome.EXISTS
    if any(words in said for words in _MISSING):
        return Outcome.MISSING
    return Outcome.REFUSED
