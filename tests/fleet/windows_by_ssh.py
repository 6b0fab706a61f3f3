#!/usr/bin/env python3
"""Stands for ssh and sftp to a host with Windows that exists as a directory: what is run there is kept, and answered.

The directory is in the variable EVERLEAF_WINDOWS; `answers.json` in it has, by words of a script, what that prints.
The answer "no" is a failure.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from pathlib import Path

HERE = Path(os.environ["EVERLEAF_WINDOWS"])


def place(path: str) -> Path:
    """Where a file of that host is here."""
    return HERE / "disk" / path.removeprefix("/C:/") if path.startswith("/C:/") else HERE / "login" / path


def transfer(line: str) -> int:
    """`put` or `get`."""
    verb, source, target = shlex.split(line)
    if verb == "put":
        place(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place(target))
    else:
        shutil.copyfile(place(source), target)
    return 0


def execute(line: str) -> int:
    """What the login shell is told."""
    if removed := re.fullmatch(r"cmd\.exe /d /c del (everleaf-\w+\.cmd)", line):
        (HERE / "login" / removed[1]).unlink()
        return 0
    name = re.fullmatch(r"cmd\.exe /d /c \.\\(everleaf-\w+\.cmd)", line)
    assert name, line
    script = (HERE / "login" / name[1]).read_text().replace("\r\n", "\n")
    with (HERE / "ran").open("a") as ran:
        ran.write(json.dumps(script) + "\n")
    there = re.search(r'^if exist "C:\\(.*)" echo there$', script, re.MULTILINE)
    if there and (HERE / "disk" / there[1].replace("\\", "/")).exists():
        print("there")
    answers = json.loads((HERE / "answers.json").read_text())
    said = next((said for words, said in answers.items() if words in script), "")
    print(said, file=sys.stdout if said != "no" else sys.stderr)
    return int(said == "no")


if __name__ == "__main__":
    sys.exit(transfer(sys.stdin.read().strip()) if "-b" in sys.argv else execute(sys.argv[-1]))
