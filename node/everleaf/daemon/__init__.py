"""The running node: the only place with an event loop and a clock."""
