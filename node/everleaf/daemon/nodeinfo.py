"""What we tell whoever asks who we are: the operator's fields, and the build, unless he wants privacy."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from everleaf import __version__, gojson
from everleaf.errors import ConfigError

NODE_INFO_MAX = 16384  # bytes, as every node of the network refuses more

_GO_ARCH = {  # how the network's tools spell architectures
    "x86_64": "amd64",
    "AMD64": "amd64",
    "i686": "386",
    "aarch64": "arm64",
    "arm64": "arm64",
    "armv7l": "arm",
    "armv6l": "arm",
}


def node_info(config_file: str, data: Mapping[str, object], *, privacy: bool) -> bytes:
    """The compact JSON object that answers a node info request."""
    fields = dict(data)
    if not privacy:
        machine = _machine()
        fields |= {
            "buildname": "everleaf",
            "buildversion": __version__,
            "buildplatform": "windows" if sys.platform == "win32" else sys.platform.rstrip("0123456789"),
            "buildarch": _GO_ARCH.get(machine, machine),
        }
    try:
        encoded = gojson.encode(fields, sort=True).encode()
    except (TypeError, ValueError) as error:
        raise ConfigError(config_file, "nodeinfo", f"cannot be sent as JSON: {error}") from error
    if len(encoded) > NODE_INFO_MAX:
        raise ConfigError(
            config_file,
            "nodeinfo",
            f"{len(encoded)} bytes as JSON, more than the {NODE_INFO_MAX} the network carries",
            fix="shorten it",
        )
    return encoded


def _machine() -> str:
    if sys.platform == "win32":
        return os.environ.get("PROCESSOR_ARCHITECTURE", "")
    return os.uname().machine
