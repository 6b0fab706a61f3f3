"""The toolkit that puts everleaf on a fleet: a lab on this machine, and all that pyinfra needs to change hosts."""
