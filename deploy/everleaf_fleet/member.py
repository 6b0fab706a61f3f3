"""A host's place in its fleet: what deploys and operations find as `host.data.everleaf`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from everleaf.errors import ConfigError, UnavailableError
from everleaf.platform import ROUTER, WINDOWS, Platform, manager, platform
from everleaf.platform.service import File, Service, service
from everleaf_fleet.blueprint import Blueprint, blueprint
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.fleet import Fleet, HostSpec
from everleaf_fleet.model.lock import Locked
from everleaf_fleet.programs import used
from everleaf_fleet.router import tun


@dataclass(frozen=True, slots=True)
class Member:
    """One host of a fleet, and the book that all of them share."""

    fleet: Fleet
    book: Book
    name: str

    @property
    def spec(self) -> HostSpec:
        """What is wanted of it."""
        return self.fleet.hosts[self.name]

    @property
    def locked(self) -> Locked | None:
        """What it told us, if it ever did."""
        return self.book.lock.hosts.get(self.name)

    @property
    def home(self) -> Platform:
        """Where everything lives there."""
        return used(platform(self.spec.platform), self.fleet.version)

    @property
    def service(self) -> Service:
        """What its service manager needs."""
        return service(self.home, manager(self.spec.manager))

    @property
    def by_hand(self) -> str:
        """Why no deploy can bring it there, and what to do instead; "" where one can."""
        if self.home.system == WINDOWS:
            return self._unreachable
        return self._foreign if self.home.manager == ROUTER else ""

    def told(self, why: str) -> str:
        """That reason, and what to do."""
        return f"{why}; put there what `everleaf-fleet render {self.name}` prints"

    @property
    def _unreachable(self) -> str:
        """What Windows' sshd has not."""
        if self.spec.connector not in ("ssh", "overlay"):
            return self.told(f"Windows is reached by SSH, and not by {self.spec.connector}")
        return self.told("whoever logs in to Windows is an administrator or is not") if self.spec.ssh.become else ""

    @property
    def _foreign(self) -> str:
        """Another node of a router than the table knows, or what a router's configuration has no words for."""
        at = tun(self.home)
        if self.spec.interface not in ("auto", at):
            return self.told(f"deploys have {at} of a router, and not {self.spec.interface}")
        try:
            self.blueprint()
        except UnavailableError:  # keys that are still to be made
            return ""
        except ConfigError as error:
            return str(error)
        return ""

    def blueprint(self) -> Blueprint:
        """All it should be, with the keys that are known by now: ask again after others were made.

        Raises UnavailableError while it lets in only hosts whose keys are not known.
        """
        return blueprint(self.fleet, self.book.lock, self.name)

    def files(self) -> Iterator[File]:
        """Those there that are ours. The configuration is of no interest before the keys that it names are known."""
        yield from self.service.files
        try:
            yield self.blueprint().config
        except UnavailableError:
            return

    def to_json(self) -> dict[str, Any]:
        """For `pyinfra ... debug-inventory`."""
        return {"fleet": self.fleet.name, "host": self.name, "platform": self.spec.platform}
