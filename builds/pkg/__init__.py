"""Recipes of packages that only their own systems can make: everything up to the one command that has to run there."""
