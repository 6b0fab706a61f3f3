"""The two kinds of expected failure: an operator's, and a peer's. Anything else is our bug and flies to the top."""

from __future__ import annotations


class NodeError(Exception):
    """Something the operator can mend: what happened, with the value, then what to do. Never a traceback."""

    exit_code = 1

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message, fix)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}; {self.fix}" if self.fix else self.message


class UsageError(NodeError):
    """The command line makes no sense (EX_USAGE)."""

    exit_code = 64


class UntrustedError(NodeError):
    """A file is not what its maker signed, or nobody trusted has signed it (EX_DATAERR)."""

    exit_code = 65


class UnavailableError(NodeError):
    """A service this needs does not answer: no admin socket, no peer in time (EX_UNAVAILABLE)."""

    exit_code = 69


class HostError(NodeError):
    """The host's kernel refused: no TUN device, an address in use, a port that is busy (EX_OSERR)."""

    exit_code = 71


class OutputError(NodeError):
    """A file cannot be written, or exists and must not be replaced (EX_CANTCREAT)."""

    exit_code = 73


class BusyError(NodeError):
    """Another process holds what this needs, such as a second daemon on one identity (EX_TEMPFAIL)."""

    exit_code = 75


class PermissionDeniedError(NodeError):
    """A privilege is missing (EX_NOPERM)."""

    exit_code = 77


class ConfigError(NodeError):
    """A configuration that cannot be used (EX_CONFIG): file, key, value, remedy."""

    exit_code = 78

    def __init__(self, file: str, key: str, problem: str, *, fix: str = "") -> None:
        super().__init__(f"{file}: {key}: {problem}" if key else f"{file}: {problem}", fix=fix)
        self.file = file
        self.key = key


class WireError(Exception):
    """A peer's nonsense: counted, logged once per peer, never fatal to us."""


class LongPathError(WireError):
    """A path beyond our limit. Others carry it on as it is, so the peer it came from is not to blame."""
