"""Every kernel's numbers, read out of its own headers: `make abi` writes what node/everleaf/host/abi holds.

A probe (`freebsd.c`) lists what to ask, `systems.toml` says for which targets, `probe` asks a compiler, `table` writes
the answers down as TOML. No system but this one is needed: the compiler carries everybody's headers.
"""
