"""Leaves what the chosen tool needs, lets everleaf judge the result, and says how to go on."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

ANSWERS = json.loads(r"""{{ cookiecutter | jsonify }}""")
FILES = {
    "pyinfra": ["inventory.py", "site.py"],
    "ansible": ["ansible.cfg", "inventory.yml", "requirements.yml", "site.yml"],
}
DRY_RUN = {"pyinfra": "pyinfra inventory.py site.py --dry", "ansible": "ansible-playbook site.yml --check --diff"}


def tools(answer: str) -> list[str]:
    """The tools that were chosen."""
    return list(FILES) if answer == "both" else [answer]


def prune(chosen: list[str]) -> None:
    """Remove the files of every other tool, and what compiling the template on installation has left in it."""
    for tool in FILES.keys() - chosen:
        for name in FILES[tool]:
            Path(name).unlink()
    for compiled in list(Path().rglob("__pycache__")):
        shutil.rmtree(compiled)


def complaint() -> str | None:
    """What is wrong with the fleet's file; None when nothing is, or when everleaf is not installed here to say so."""
    try:
        from everleaf.errors import NodeError  # noqa: PLC0415 - plain cookiecutter may lack it
        from everleaf_fleet.model.reader import load  # noqa: PLC0415
    except ImportError:
        return None
    try:
        load("fleet.toml")
    except NodeError as error:
        return str(error)
    return None


def next_steps(chosen: list[str]) -> str:
    """What to do in the new directory."""
    dry_runs = [f"  {DRY_RUN[tool]:<44}# what {tool} would do" for tool in chosen]
    steps = [
        "  git init && git add -A && git commit",
        "  pip install -r requirements.txt",
        f"  {'everleaf-fleet check':<44}# after every edit of fleet.toml",
        *dry_runs,
    ]
    return "\n".join(["Next, in the new directory (README.md says more):", *steps])


def main() -> str | None:
    """An error for sys.exit."""
    chosen = tools(ANSWERS["tool"])
    prune(chosen)
    wrong = complaint()
    if not wrong:
        print(next_steps(chosen), file=sys.stderr)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
