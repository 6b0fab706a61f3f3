"""What a plan says about a host: nothing when it is as it should be, and each thing that is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from everleaf.address import address_of, text
from everleaf_fleet.blueprint import blueprint
from everleaf_fleet.difference import Difference, differences
from everleaf_fleet.facts.entry import Entry, checksum
from everleaf_fleet.facts.program import Programs
from everleaf_fleet.facts.service import ServiceState
from everleaf_fleet.model.lock import Lock, Locked
from everleaf_fleet.model.names import with_block
from everleaf_fleet.model.reader import loads
from everleaf_fleet.survey import Survey
from unit.fleet.test_blueprint import KEYS, LOCK
from unit.fleet.test_reader import FLEET

FLEET_OF = loads(FLEET.encode())
WANTED = blueprint(FLEET_OF, LOCK, "obsd1")
KEY = KEYS["obsd1"]
PROGRAM = "f" * 64
CONFIG, HOSTS = WANTED.config.path, WANTED.platform.hosts_file
UNIT = WANTED.service.files[0].path
DIALLED = ["tls://fra1.example.net:9001", "tls://[2001:db8::2]:9001", "tls://public.example:443"]
PEER_KEYS = [KEYS["fra1"], KEYS["fra2"], "99" * 32]


def entry(file):
    """The file as it should be."""
    return Entry("-", file.mode, file.owner, file.group, sha256=checksum(file))


def peer(remote, key, **other):
    return {"remote": remote, "up": True, "inbound": False, "key": key} | other


GOOD = Survey(
    entries={file.path: entry(file) for file in [WANTED.config, *WANTED.service.files]},
    texts={HOSTS: with_block("127.0.0.1 localhost\n", WANTED.names)},
    machine="x86_64",
    programs=Programs("/usr/local/lib/everleaf/everleaf-0.1.0"),
    program=PROGRAM,
    service=ServiceState(enabled=True, running=True),
    public_key=KEY,
    status={
        "key": KEY,
        "address": text(address_of(bytes.fromhex(KEY))),
        "interface": {"name": "tun0", "mtu": 1280},
        "peers": [peer(*row) for row in zip(DIALLED, PEER_KEYS, strict=True)]
        + [peer("tls://198.51.100.1:999", "77" * 32, inbound=True)],
        "checks": [{"name": name, "level": "ok", "sentence": "is well"} for name in ("device", "router", "clock")],
    },
)


def status(**other):
    return {"status": {**GOOD.status, **other}}


def entries(path, **other):
    return {"entries": {**GOOD.entries, path: replace(GOOD.entries[path], **other)}}


def without(path):
    return {"entries": {key: value for key, value in GOOD.entries.items() if key != path}}


def peers(number, **other):
    rows = list(GOOD.status["peers"])
    rows[number] = {**rows[number], **other}
    return status(peers=rows)


def check(name):
    return status(checks=[{"name": name, "level": "warning", "sentence": "is not"}])


OWNER = f"root:{WANTED.config.group} 0640"
CASES = [
    ("nothing", {}, None),
    ("no program", {"programs": Programs()}, ("program", WANTED.platform.binary, "0.1.0", "none")),
    ("another version", {"programs": Programs("/x/everleaf-0.0.9")},
     ("program", WANTED.platform.binary, "0.1.0", "0.0.9")),
    ("another program of that name", {"program": "e" * 64},
     ("program", WANTED.platform.binary, "0.1.0 of the channel", "0.1.0 with another checksum")),
    ("link to nowhere", {"program": ""},
     ("program", WANTED.platform.binary, "0.1.0 of the channel", "0.1.0, whose file is gone")),
    ("configuration for everybody", entries(CONFIG, mode="0644"),
     ("configuration", CONFIG, OWNER, f"root:{WANTED.config.group} 0644")),
    ("unit of another", entries(UNIT, owner="mallory"),
     ("service file", UNIT, "root:root 0644", "mallory:root 0644")),
    ("link in place of a unit", entries(UNIT, kind="l", mode="0777", sha256="", target="/dev/null"),
     ("service file", UNIT, "root:root 0644", "root:root 0777, another content")),
    ("no unit", without(UNIT), ("service file", UNIT, "root:root 0644", "absent")),
    ("no names", {"texts": {HOSTS: "127.0.0.1 localhost\n"}}, ("names", HOSTS, "the fleet's", "others")),
    ("disabled", {"service": ServiceState(running=True)}, ("service", "systemd", "enabled", "disabled")),
    ("stopped", {"service": ServiceState(enabled=True), "status": None}, ("service", "systemd", "running", "stopped")),
    ("silent", {"status": {"health": "down"}}, ("node", WANTED.platform.admin, "an answer", "none")),
    ("not read", {"unread": (CONFIG,)}, ("node", CONFIG, "in use", "not read since it changed")),
    ("another key", {"public_key": "99" * 32}, ("identity", WANTED.platform.key_file, KEY[:16], "9" * 16)),
    ("no key", {"public_key": ""}, ("identity", WANTED.platform.key_file, KEY[:16], "none")),
    ("node that runs with another key", status(key="99" * 32),
     ("identity", "of the running node", KEY[:16], "9" * 16)),
    ("address", status(address="200::1"), ("address", "", text(address_of(bytes.fromhex(KEY))), "200::1")),
    ("MTU", status(interface={"name": "tun0", "mtu": 1400}), ("interface", "mtu", "1280", "1400")),
    ("closed interface", status(interface=None), ("interface", "", "open", "none")),
    ("peer that is down", peers(0, up=False, key="", last_error="connection refused"),
     ("peer", DIALLED[0], "up", "down: connection refused")),
    ("peer that is being dialled", peers(0, up=False, key=""), ("peer", DIALLED[0], "up", "down")),
    ("peer that is somebody else", peers(1, key="88" * 32), ("peer", DIALLED[1], KEYS["fra2"][:16], "8" * 16)),
    ("peer without a pin may be anybody", peers(2, key="88" * 32), None),
    ("peer that was added by hand", status(peers=[*GOOD.status["peers"], peer("tcp://192.0.2.9:1", "66" * 32)]),
     ("peer", "tcp://192.0.2.9:1", "not dialled", "dialled")),
    ("peer that was removed by hand", status(peers=GOOD.status["peers"][1:]),
     ("peer", DIALLED[0], "up", "not dialled")),
    ("route", check("router"), ("health", "router", "ok", "is not")),
    ("clock is no business of a plan", check("clock"), None),
    ("change that nobody confirmed", {"unconfirmed": True},
     ("change", "", "confirmed", "neither confirmed nor taken back")),
]  # fmt: skip


@pytest.mark.parametrize(("said", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_plan_tells(said, wanted):
    found = differences(WANTED, replace(GOOD, **said), PROGRAM)
    assert [(one.what, one.subject, one.wanted, one.found) for one in found] == ([wanted] if wanted else [])


def edited(content):
    """The configuration, after somebody wrote this."""
    return replace(GOOD, texts={**GOOD.texts, CONFIG: content}, **entries(CONFIG, sha256="0" * 64))


def test_diff_shows_what_would_change_in_a_text():
    [found] = differences(WANTED, edited(WANTED.config.content.replace("mtu = 1280", "mtu = 9000")))
    assert found.found == f"{OWNER}, another content"
    assert f"--- {CONFIG} there\n+++ {CONFIG} wanted\n" in found.diff
    assert "-mtu = 9000\n+mtu = 1280\n" in found.diff


@pytest.mark.parametrize(
    "line",
    ['group_password = "hush"', "password='hush'", 'peers = ["tls://a.example:1?priority=1&password=hush"]',
     '"group_password"="hush"'],
)  # fmt: skip
def test_diff_shows_no_secret_that_somebody_wrote_there(line):
    [found] = differences(WANTED, edited(f"{WANTED.config.content}{line}\n"))
    assert "password" in found.diff
    assert "hush" not in str(found)


def test_plan_of_a_bare_host_names_everything_and_does_not_recite_it():
    found = {one.subject: one for one in differences(blueprint(FLEET_OF, Lock(), "obsd1"), Survey(), PROGRAM)}
    assert set(found) >= {CONFIG, UNIT, WANTED.platform.binary, WANTED.platform.key_file, "systemd"}
    assert (found[CONFIG].found, found[CONFIG].diff) == ("absent", "")


def test_hosts_whose_key_the_lock_lacks_say_so():
    new = blueprint(FLEET_OF, Lock({name: Locked(KEYS[name]) for name in ("fra1", "fra2")}), "obsd1")
    found = differences(new, replace(GOOD, texts={HOSTS: with_block("", new.names)}))
    assert found == (Difference("identity", WANTED.platform.key_file, "one that the lock knows", KEY[:16]),)


def test_another_program_is_no_difference_where_the_wanted_one_is_not_at_hand():
    assert differences(WANTED, replace(GOOD, program="e" * 64)) == ()
