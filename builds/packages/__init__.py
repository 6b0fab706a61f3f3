"""Packages of what is in dist/, by nfpm: in every format the files that the node's own table of platforms renders."""
