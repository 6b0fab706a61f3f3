"""The everleaf node: an encrypted IPv6 overlay node that speaks the Yggdrasil 0.5 protocol."""

__version__ = "0.1.0"
