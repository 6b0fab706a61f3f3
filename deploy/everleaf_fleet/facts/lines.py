"""What a router's configuration says of our interface."""

from __future__ import annotations

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.context import host
from typing_extensions import override

from everleaf.platform.service import File
from everleaf_fleet import router


class RouterLines(FactBase[list[str]]):
    """The commands that would make what is at some place, as the running configuration has it."""

    @override
    @staticmethod
    def default() -> list[str]:
        return []

    @override
    def command(self, place: str) -> StringCommand:
        mine = QuoteString(f"^set {place}\\( \\|$\\)")
        return StringCommand(f"{router.SHOW} | grep", mine, "|| true")

    @override
    def process(self, output: list[str]) -> list[str]:
        return output


def there(place: str) -> list[str]:
    """Those of the router that pyinfra is at."""
    found: list[str] = host.get_fact(RouterLines, place=place)
    return found


def says(file: File, interface: str) -> bool:
    """Whether the router says what that script would type, and nothing else that is the fleet's to say."""
    wanted, found = router.both(file.content, there(router.place(interface)), interface)
    return wanted == found
