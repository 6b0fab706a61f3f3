"""The node's configuration: a tree of frozen dataclasses, read from TOML and written back with its own comments."""

from everleaf.config.load import cautions, load, loads
from everleaf.config.model import (
    AdminConfig,
    Config,
    IdentityConfig,
    InterfaceConfig,
    LogConfig,
    MulticastConfig,
    NodeInfoConfig,
    OverlayConfig,
    PeeringConfig,
    Via,
)

__all__ = [
    "AdminConfig",
    "Config",
    "IdentityConfig",
    "InterfaceConfig",
    "LogConfig",
    "MulticastConfig",
    "NodeInfoConfig",
    "OverlayConfig",
    "PeeringConfig",
    "Via",
    "cautions",
    "load",
    "loads",
]
