"""A host with Windows: no POSIX shell, no links, no modes. What is done there is batch, uploaded as files and run."""
