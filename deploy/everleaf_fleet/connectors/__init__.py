"""Connectors that pyinfra finds by entry point."""
