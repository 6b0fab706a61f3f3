"""The kernels' numbers come out of the systems' headers again exactly as they are committed, and how they get there."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from builds.abi.__main__ import TABLES, VECTORS, table, vectors
from builds.abi.probe import ProbeError, System, answers, notes, systems
from builds.abi.table import by_cpu, render, split

SYSTEMS = systems()


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield pool


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_table_is_what_the_headers_say(system: System, pool: ThreadPoolExecutor) -> None:
    assert table(system, pool) == (TABLES / f"{system.name}.toml").read_text("utf-8"), "run: make abi"


@pytest.mark.slow
def test_routing_messages_are_what_the_headers_lay_out(pool: ThreadPoolExecutor) -> None:
    assert vectors(SYSTEMS, pool) == VECTORS.read_text("utf-8"), "run: make abi"
    for target, found in json.loads(VECTORS.read_text("utf-8")).items():
        assert sorted(found) == ["add_route", "if_up", "new_addr", "zero_len"], target


def test_every_table_has_a_probe() -> None:
    assert {system.name for system in SYSTEMS} == {path.stem for path in TABLES.glob("*.toml")}


def test_what_dragonfly_lacks_headers_for_says_its_source() -> None:
    assert set(notes("dragonfly.c")) == set(answers("dragonfly.c", "x86_64-freestanding"))


def test_headers_that_lack_a_name_are_an_error_that_shows_it() -> None:
    with pytest.raises(ProbeError, match=r"netbsd\.c does not compile for x86_64-freebsd:\n(.*\n)*.*RTM_CHGADDR"):
        answers("netbsd.c", "x86_64-freebsd")


WIDE = {"constants FIONBIO": 0x8004667E, "sizeof long": 8, "offsetof ifreq.ifr_name": 0}
NARROW = WIDE | {"sizeof long": 4}


def test_split_groups_cpus_by_what_they_share() -> None:
    odd = NARROW | {"constants FIONBIO": 0x667E}
    base, variants = split({"x86_64": WIDE, "arm": NARROW, "mips": odd})
    assert base == WIDE
    assert variants == {("arm", "mips"): {"sizeof long": 4}, ("mips",): {"constants FIONBIO": 0x667E}}


def test_by_cpu_refuses_targets_of_one_cpu_that_differ() -> None:
    assert by_cpu({"mips-linux-gnu": NARROW, "mips-linux-musl": dict(NARROW)}) == {"mips": NARROW}
    with pytest.raises(ProbeError, match=r"mips-linux-musl differs .* in: sizeof long"):
        by_cpu({"mips-linux-gnu": NARROW, "mips-linux-musl": WIDE})


def test_by_cpu_refuses_an_answer_that_is_missing() -> None:
    with pytest.raises(ProbeError, match="arm-linux-musl does not say: sizeof long"):
        by_cpu({"x86_64-linux-musl": WIDE, "arm-linux-musl": {k: v for k, v in WIDE.items() if k != "sizeof long"}})


def test_render_writes_a_table_that_reads_back_with_the_source_beside_the_value() -> None:
    system = System("plan9", "its own", ("plan9.c",), ("x86_64-plan9", "arm-plan9"))
    text = render(system, {"x86_64": WIDE, "arm": NARROW}, {"constants FIONBIO": "sys/filio.h"})
    table = tomllib.loads(text)
    assert table["constants"] == {"FIONBIO": 0x8004667E}
    assert table["offsetof"] == {"ifreq.ifr_name": 0}
    assert table["variant"] == [{"cpus": ["arm"], "sizeof": {"long": 4}}]
    assert "FIONBIO = 0x8004667e  # sys/filio.h\n" in text
    assert "builds/abi/plan9.c" in text
    assert "Headers: its own." in text
