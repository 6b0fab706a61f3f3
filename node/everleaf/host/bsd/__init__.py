"""macOS and the BSDs: five systems, a file each, on what they have in common.

They share the requests about addresses that KAME gave them and the routing socket, each with its own numbers and sizes.
"""
