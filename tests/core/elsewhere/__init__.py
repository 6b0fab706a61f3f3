"""The core on systems and CPUs that this machine is not."""
