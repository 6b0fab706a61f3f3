"""What a service manager says about the node."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.context import host
from typing_extensions import override

from everleaf.platform.service import Service
from everleaf_fleet.shell import quietly


@dataclass(frozen=True, slots=True)
class ServiceState:
    """Whether the node starts with the machine, and whether it runs now."""

    enabled: bool = False
    running: bool = False


class NodeService(FactBase[ServiceState]):
    """The state of the service, asked with the platform's own command lines; both false where it is not installed."""

    @override
    @staticmethod
    def default() -> ServiceState:
        return ServiceState()

    @override
    def command(self, enabled: str, running: str) -> StringCommand:
        lines: list[object] = []
        for word, line in (("enabled", enabled), ("running", running)):
            lines += ["if", quietly(line), f"; then echo {word}; fi;"]
        return StringCommand(*lines)

    @override
    def process(self, output: list[str]) -> ServiceState:
        return ServiceState("enabled" in output, "running" in output)


def asked(wanted: Service) -> dict[str, str]:
    """What NodeService has to know of a host."""
    return {verb: wanted.commands[verb] for verb in ("enabled", "running")}


def service_state(wanted: Service) -> ServiceState:
    """That of the node on the host that pyinfra is at."""
    state: ServiceState = host.get_fact(NodeService, **asked(wanted))
    return state


class Done(FactBase[bool]):
    """Whether a command line of the platform's succeeds: a step's `check`."""

    @override
    @staticmethod
    def default() -> bool:
        return False

    @override
    def command(self, check: str) -> str | StringCommand:
        return StringCommand("if", quietly(check), "; then echo done; fi")

    @override
    def process(self, output: list[str]) -> bool:
        return output == ["done"]
