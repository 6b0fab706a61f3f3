"""One node of the router: the files that are its own, and its unit `everleaf@tunN`."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from everleaf.config import Config, load
from everleaf.errors import ConfigError, HostError, UsageError
from everleaf.platform import platform

HOME = platform("edgeos")
RUNTIME = Path(HOME.runtime)
KEYS = Path(HOME.state)
_NAME = re.compile(r"tun[0-9]{1,3}")


class Step(Enum):
    """What a unit is told."""

    START = "start"
    RESTART = "restart"
    RELOAD = "reload"


@dataclass(frozen=True, slots=True)
class Instance:
    """The node behind the interface `name`."""

    name: str

    @classmethod
    def parse(cls, name: str) -> Instance:
        """Raise UsageError when that is no name of ours."""
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} is no interface of everleaf", fix="they are called tun0 to tun999")
        return cls(name)

    @property
    def config_file(self) -> Path:
        """What the last commit made of the tree; gone after a reboot."""
        return RUNTIME / f"{self.name}.toml"

    @property
    def key_file(self) -> Path:
        """The identity, unless the tree names another file; a firmware upgrade keeps it."""
        return KEYS / f"{self.name}.key"

    @property
    def admin(self) -> str:
        """The admin socket, unless the tree names another."""
        return f"unix://{RUNTIME / self.name}.sock"

    @property
    def unit(self) -> str:
        return f"everleaf@{self.name}.service"

    def applied(self) -> Config | None:
        """The configuration it was last told to run with; None when there is none, or none this version understands."""
        try:
            return load(self.config_file)
        except ConfigError:
            return None

    def write(self, text: str) -> None:
        """Replace its configuration, all at once. It holds passwords, so it is the node's alone."""
        RUNTIME.mkdir(mode=0o755, parents=True, exist_ok=True)
        aside = self.config_file.with_suffix(".new")
        aside.unlink(missing_ok=True)
        aside.touch(mode=0o600)
        aside.write_text(text, "utf-8")
        aside.replace(self.config_file)

    def is_running(self) -> bool:
        return subprocess.run(["systemctl", "is-active", "-q", self.unit], check=False).returncode == 0

    def tell(self, step: Step) -> None:
        """Raise HostError when the unit does not do it."""
        _systemctl(step.value, self.unit)

    def remove(self) -> None:
        """Stop it and forget its configuration; the key stays. Twice is harmless."""
        _systemctl("stop", self.unit)
        self.config_file.unlink(missing_ok=True)


def instances() -> Iterator[Instance]:
    """Those that are configured and not disabled, in order."""
    found = [Instance(path.stem) for path in RUNTIME.glob("tun*.toml") if _NAME.fullmatch(path.stem)]
    yield from sorted(found, key=lambda one: int(one.name.removeprefix("tun")))


def _systemctl(verb: str, unit: str) -> None:
    try:
        subprocess.run(["systemctl", verb, unit], check=True)
    except FileNotFoundError:
        raise HostError("systemctl is missing", fix="this command is for EdgeOS and VyOS alone") from None
    except subprocess.CalledProcessError as error:
        raise HostError(
            f"systemctl {verb} {unit} fails with exit status {error.returncode}", fix=f"see: journalctl -u {unit}"
        ) from None
