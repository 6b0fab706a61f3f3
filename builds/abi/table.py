"""Write a system's answers down: what x86-64 says, then what other CPUs say instead. Same answers, same text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from builds.abi.probe import ProbeError, System

BASE = "x86_64"  # the CPU every system has
KINDS = ("constants", "offsetof", "sizeof")
Answers = Mapping[str, int]  # "sizeof ifreq" to the number

_BITS = re.compile(r"O*SIOC|FIO|CTLIOC|TAP[SG]|TUN[SG]|O_|RTF_|(\w+_)?(F|FLAGS|IFF|IFXF)_")  # written in hexadecimal


def by_cpu(told: Mapping[str, Answers]) -> dict[str, Answers]:
    """Answers by target to answers by CPU. ProbeError when two targets of one CPU differ, or one has a gap."""
    cpus: dict[str, Answers] = {}
    names = set[str]().union(*told.values())
    for target, answers in told.items():
        if gap := sorted(names - set(answers)):
            raise ProbeError(f"{target} does not say: {', '.join(gap)}")
        cpu = target.split("-")[0]
        if cpus.setdefault(cpu, answers) != answers:
            apart = sorted(name for name in names if cpus[cpu][name] != answers[name])
            raise ProbeError(f"{target} differs from another target of {cpu} in: {', '.join(apart)}")
    return cpus


def split(cpus: Mapping[str, Answers]) -> tuple[Answers, dict[tuple[str, ...], dict[str, int]]]:
    """What x86-64 says, and what others say instead by the CPUs that say it."""
    base = cpus[BASE]
    variants: dict[tuple[str, ...], dict[str, int]] = {}
    for name, usual in base.items():
        for value in {answers[name] for answers in cpus.values()} - {usual}:
            group = tuple(sorted(cpu for cpu, answers in cpus.items() if answers[name] == value))
            variants.setdefault(group, {})[name] = value
    return base, variants


def render(system: System, cpus: Mapping[str, Answers], notes: Mapping[str, str]) -> str:
    """The TOML table of one system."""
    base, variants = split(cpus)
    lines = [
        f"# Made by `make abi` from builds/abi/{', '.join(system.probes)}; edit those.",
        f"# Headers: {system.headers}.",
        "",
        f'system = "{system.name}"',
        _cpus(cpus),
        *_sections(base, notes, "", "\n"),
    ]
    for group in sorted(variants, key=lambda group: (-len(group), group)):
        lines += ["", "[[variant]]", _cpus(group), *_sections(variants[group], notes, "variant.", "")]
    return "\n".join(lines) + "\n"


def _cpus(names: Mapping[str, object] | tuple[str, ...]) -> str:
    return f"cpus = {json.dumps(sorted(names))}"


def _sections(answers: Answers, notes: Mapping[str, str], prefix: str, gap: str) -> list[str]:
    lines = []
    for kind in KINDS:
        rows = sorted(place for place in answers if place.startswith(f"{kind} "))
        if rows:
            lines += [f"{gap}[{prefix}{kind}]", *(_row(place, answers[place], notes) for place in rows)]
    return lines


def _row(place: str, value: int, notes: Mapping[str, str]) -> str:
    kind, name = place.split(" ")
    key = json.dumps(name) if "." in name else name
    bits = kind == "constants" and (value >= 0x10000 or _BITS.match(name))
    note = f"  # {notes[place]}" if place in notes else ""
    return f"{key} = {value:#x}{note}" if bits else f"{key} = {value}{note}"
