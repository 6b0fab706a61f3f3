"""Reading the session of whoever commits: one run of the router's own `cli-shell-api` for each question."""

from __future__ import annotations

import shlex
import subprocess

from everleaf.errors import HostError

_PROGRAM = "cli-shell-api"


class Session:
    """The `Reader` of a commit. The session is in the environment, so it has to be run as the user whose it is."""

    def nodes(self, *path: str) -> list[str]:
        """Names come quoted for a shell."""
        return shlex.split(_ask("listNodes", *path))

    def value(self, *path: str) -> str:
        return _ask("returnValue", *path)

    def values(self, *path: str) -> list[str]:
        return shlex.split(_ask("returnValues", *path))


def _ask(*question: str) -> str:
    try:
        asked = subprocess.run([_PROGRAM, *question], check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise HostError(f"{_PROGRAM} is missing", fix="this command is for EdgeOS and VyOS alone") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip() or f"exit status {error.returncode}"
        raise HostError(f"{_PROGRAM} {' '.join(question)}: {said}", fix="run it in configuration mode") from None
    return asked.stdout
