"""What a configuration says on a platform when nobody says anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from everleaf.endpoint import Endpoint
from everleaf.errors import UsageError
from everleaf.platform import Platform
from everleaf.platform.detect import here

if TYPE_CHECKING:
    from everleaf.config import Config


def configuration(home: Platform) -> Config:
    """The defaults, with the paths of `home`."""
    from everleaf.config import Config

    plain = Config()
    return replace(
        plain,
        identity=replace(plain.identity, key_file=home.key_file),
        admin=replace(plain.admin, listen=Endpoint.parse(home.admin)),
    )


def service_of(config: Path) -> Platform | None:
    """This machine's platform, if `config` is the file that its service reads."""
    try:
        home = here()
    except UsageError:
        return None
    return home if Path(home.config) == config.absolute() else None


def configuration_here() -> Config:
    """The defaults of this machine; of a system that nobody knows, those of Linux."""
    from everleaf.config import Config

    try:
        return configuration(here())
    except UsageError:
        return Config()
