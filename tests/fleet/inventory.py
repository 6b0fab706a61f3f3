"""The hosts of several fleets for one run of pyinfra; each host `hN` is the one of that name in the lab."""

import os
from pathlib import Path

from everleaf_fleet.member import Member
from everleaf_fleet.model import reader
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import beside

LAB = os.environ["EVERLEAF_LAB"]


def members(file):
    """Every host of a fleet."""
    fleet, book = reader.load(file), Book.open(beside(file))
    return [(f"@lab/{LAB}/{name}", {"everleaf": Member(fleet, book, name)}) for name in fleet.hosts]


all = [target for file in os.environ["EVERLEAF_FLEETS"].split(":") for target in members(Path(file))]
