"""A fleet with one host of every platform, none of which exists: an inventory for pyinfra's `@fake`."""

import json
import os
import re
from pathlib import Path

from everleaf.platform import platforms
from everleaf_fleet.inventory import groups
from everleaf_fleet.model import reader
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.lock import beside


def write(file):
    """The fleet's file."""
    hosts = [f'[hosts.{name}]\naddress = "{name}.example"\nplatform = "{name}"\n' for name in platforms()]
    head = '[fleet]\nname = "zoo"\nversion = "1.0"\n[defaults]\nlisten = ["tls://[::]:9001"]\npeers = ["@all"]\n'
    Path(file).write_text(head + "".join(hosts))


def answers(name):
    """What such a host says when it is bare, but for its node, which is well as soon as it is asked."""
    key = bytes([len(name), *name.encode()]).ljust(32, b"\1").hex()
    status = {
        "health": "healthy",
        "key": key,
        "address": "200::1",
        "root": key,
        "interface": None,
        "peers": [{"up": True}],
    }
    return {
        "uname -m": "x86_64",
        "PROCESSOR_ARCHITECTURE": "AMD64",
        re.compile("identity --key"): json.dumps({"public_key": key}),
        re.compile("status --endpoint"): json.dumps(status),
    }


def made(file):
    """Its inventory, with the fake connector instead of SSH."""
    named = groups(reader.load(file), Book.open(beside(Path(file))))
    quick = {"fake_delay": 0, "fake_delay_jitter": 0}
    members = [(data["everleaf"].name, data) for _, data in named["all"]]
    return [(f"@fake/{name}", data | quick | {"fake_responses": answers(name)}) for name, data in members]


if "EVERLEAF_FLEET" in os.environ:
    all = made(os.environ["EVERLEAF_FLEET"])
