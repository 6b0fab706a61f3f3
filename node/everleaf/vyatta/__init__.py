"""The node inside EdgeOS and VyOS: `set interfaces everleaf tunN ...` is its configuration, and commits start it.

The grammar of that tree, with the actions that call `everleaf vyatta`, is in deploy/edgeos.
"""
