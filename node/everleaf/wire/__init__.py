"""What nodes say to each other: bytes to frozen dataclasses and back. Decoders raise WireError and nothing else."""
