"""Lines of batch, as text. They are run from files, since no quoting means the same to every shell of Windows' sshd."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

from everleaf.platform.service import File

_SPECIAL = re.compile(r"[&|<>^()]")


def script(lines: str) -> bytes:
    """The file that runs these lines. Its exit status is theirs."""
    return f"@echo off\n{lines}\n".replace("\n", "\r\n").encode()


def done(check: str) -> str:
    """Print `done` if the lines of a check end with 0, and end with 0 in any case."""
    return f"call :check >nul 2>&1\nif not errorlevel 1 echo done\nexit /b 0\n:check\n{check}\nexit /b %errorlevel%"


def each(lines: Iterable[str]) -> str:
    """All of them, up to the first that fails."""
    return "\n".join(f"{line} || exit /b 1" for line in lines)


def refuse(reason: str) -> str:
    """Fail with a reason that people can act on."""
    return f"{say(reason)}\nexit /b 1"


def say(words: str) -> str:
    """Tell people something, on standard error."""
    quoted = _SPECIAL.sub(r"^\g<0>", words.replace("%", "%%"))
    return f"echo {quoted} 1>&2"


def is_there(path: str) -> str:
    """Fail unless there is such a file, or with a final backslash such a directory."""
    return f'if not exist "{path}" exit /b 1'


def holds(file: File) -> str:
    """Whether that is what the file says."""
    return has_checksum(file.path, digest(file))


def has_checksum(path: str, wanted: str) -> str:
    """Whether a file has that SHA-256."""
    return f'certutil -hashfile "{path}" SHA256 2>nul | findstr /i /c:"{wanted}" >nul'


def digest(file: File) -> str:
    """SHA-256 of its content."""
    return sha256(file.content.encode()).hexdigest()


def move(source: str, target: str) -> str:
    """Put a file in the place of another, in one moment."""
    return f'move /y "{source}" "{target}" >nul || exit /b 1'


def copy(source: str, target: str) -> str:
    """Copy a file."""
    return f'copy /y "{source}" "{target}" >nul || exit /b 1'


def remove(path: str) -> str:
    """Whatever is there, be it nothing."""
    return f'rmdir /s /q "{path}" 2>nul\ndel /q "{path}" 2>nul\nif exist "{path}" exit /b 1'


def directory(path: str) -> str:
    """Have a directory, and those above it."""
    return f'mkdir "{path}" 2>nul\nif not exist "{path}\\" exit /b 1'
