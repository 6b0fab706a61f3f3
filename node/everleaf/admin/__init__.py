"""The admin API without its socket: requests in, answers out, over a read-only view of the node."""
