"""The routing socket of macOS and the BSDs, and what the kernel tells of its tables in the same messages."""
