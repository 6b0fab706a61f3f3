"""Hosts whose wires delay, lose and reorder packets; relay.c does it, because not every kernel has netem."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from interop.net import DIE_WITH_PARENT, Host, Net, address_wire


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad a wire is, in each direction."""

    delay: float  # milliseconds
    loss: float  # percent of the packets
    reorder: float = 1.0  # percent that arrive without delay

    def __str__(self) -> str:
        return f"{self.delay:g} ms, {self.loss:g} % lost"


class RelayedNet(Net):
    """Like Net; each wire is a relay, clear until the weather changes."""

    def __init__(self, directory: Path, relay: Path) -> None:
        super().__init__(directory)
        self._relay = relay
        self._relays: list[subprocess.Popen[str]] = []

    def join(self, number: int, a: Host, b: Host) -> None:
        """Two TAP devices, and a process between."""
        name = f"wire{number}"
        relay = subprocess.Popen(
            [*DIE_WITH_PARENT, str(self._relay), name, f"{a.namespace}", f"{b.namespace}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        _await_ok(relay)
        self._relays.append(relay)
        address_wire(number, a, b)

    def change(self, weather: Weather) -> None:
        """The same on every wire, from now on."""
        for relay in self._relays:
            assert relay.stdin is not None
            print(f"{weather.delay * 1e3:.0f} {weather.loss * 1e4:.0f} {weather.reorder * 1e4:.0f}", file=relay.stdin)
            _await_ok(relay)

    def close(self) -> None:
        """The relays end with their input."""
        for relay in self._relays:
            relay.communicate()
        super().close()


def _await_ok(relay: subprocess.Popen[str]) -> None:
    assert relay.stdout is not None
    if relay.stdout.readline() != "ok\n":
        raise AssertionError("the relay ended")
