"""What differs between a host as it should be and as it says it is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from everleaf.address import address_of, text
from everleaf.platform import ROUTER
from everleaf.platform.service import File
from everleaf.uri import LinkURI
from everleaf_fleet import router
from everleaf_fleet.blueprint import Blueprint
from everleaf_fleet.facts.entry import Entry, checksum, matches
from everleaf_fleet.model.names import with_block
from everleaf_fleet.redaction import redacted
from everleaf_fleet.survey import Survey

_JUDGED = frozenset(("device", "mtu", "router", "key"))  # health checks that are the host's own; peers are told each


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be."""

    what: str
    subject: str  # which one: a path, a URI; "" if there is but one
    wanted: str
    found: str
    diff: str = ""  # of texts that are there: unified, without secrets
    restart: bool = False  # whether it is the running node alone, which a restart brings back to its configuration


def differences(blueprint: Blueprint, survey: Survey, sha256: str = "") -> tuple[Difference, ...]:
    """Everything that a deploy would change, and everything that the running node does otherwise.

    `sha256` is that of the wanted program, "" where only its version can be compared.
    """
    return tuple(_all(blueprint, survey, sha256))


def _all(blueprint: Blueprint, survey: Survey, sha256: str) -> Iterator[Difference]:
    if survey.unconfirmed:
        yield Difference("change", "", "confirmed", "neither confirmed nor taken back")
    yield from _program(blueprint, survey, sha256)
    for file in blueprint.service.files:
        yield from _file("service file", file, survey)
    yield from _file("configuration", blueprint.config, survey)
    if blueprint.platform.manager == ROUTER:
        yield from _typed(blueprint, survey.lines)
    yield from _names(blueprint, survey)
    yield from _service(blueprint, survey)
    yield from _key(blueprint, survey)
    if survey.running and survey.status:
        yield from _node(blueprint, survey.status)


# --- what is on the disk ----------------------------------------------------------------------------------------------


def _program(blueprint: Blueprint, survey: Survey, sha256: str) -> Iterator[Difference]:
    version = survey.programs.version
    if version != blueprint.version:
        yield Difference("program", blueprint.platform.binary, blueprint.version, version or "none")
    elif sha256 and survey.program != sha256:
        found = f"{version} with another checksum" if survey.program else f"{version}, whose file is gone"
        yield Difference("program", blueprint.platform.binary, f"{version} of the channel", found)


def _file(what: str, file: File, survey: Survey) -> Iterator[Difference]:
    there = survey.entries.get(file.path)
    if matches(file, there):
        return
    same = there is not None and there.sha256 == checksum(file)
    diff = _diff(file.path, survey.texts.get(file.path, ""), file.content) if there and not same else ""
    yield Difference(what, file.path, f"{file.owner}:{file.group} {file.mode}", _told(there, same), diff)


def _told(there: Entry | None, same: bool) -> str:
    if there is None:
        return "absent"
    found = f"{there.owner}:{there.group} {there.mode}"
    return found if same else f"{found}, another content"


def _typed(blueprint: Blueprint, there: Sequence[str]) -> Iterator[Difference]:
    """What the router itself says, whoever typed it; our script may be as wanted all the same."""
    interface = router.tun(blueprint.platform)
    wanted, found = router.both(blueprint.config.content, there, interface)
    if wanted != found:
        diff = "".join(f"{change}\n" for change in router.changes(wanted, found)) if found else ""
        yield Difference("configuration", router.place(interface), "the fleet's", "others" if found else "none", diff)


def _names(blueprint: Blueprint, survey: Survey) -> Iterator[Difference]:
    path = blueprint.platform.hosts_file
    before = survey.texts.get(path, "")
    after = with_block(before, blueprint.names)
    if before != after:
        yield Difference("names", path, "the fleet's", "others", _diff(path, before, after))


def _diff(path: str, before: str, after: str) -> str:
    """Only what changes, and what is around it: secrets of others are not shown, whatever somebody wrote there."""
    old, new = (redacted(side).splitlines(keepends=True) for side in (before, after))
    return "".join(unified_diff(old, new, f"{path} there", f"{path} wanted"))


# --- the service ------------------------------------------------------------------------------------------------------


def _service(blueprint: Blueprint, survey: Survey) -> Iterator[Difference]:
    manager, state = blueprint.service.manager, survey.service
    if not state.enabled:
        yield Difference("service", manager, "enabled", "disabled")
    if not state.running:
        yield Difference("service", manager, "running", "stopped")
    elif not survey.running:
        yield Difference("node", blueprint.platform.admin, "an answer", "none")
    elif survey.unread:
        yield Difference("node", ", ".join(survey.unread), "in use", "not read since it changed")


def _key(blueprint: Blueprint, survey: Survey) -> Iterator[Difference]:
    """Of the file; what the running node says is another matter."""
    if not blueprint.public_key or blueprint.public_key != survey.public_key:
        wanted = _short(blueprint.public_key) or "one that the lock knows"
        yield Difference("identity", blueprint.platform.key_file, wanted, _short(survey.public_key) or "none")


# --- the live node ----------------------------------------------------------------------------------------------------


def _node(blueprint: Blueprint, status: Mapping[str, Any]) -> Iterator[Difference]:
    key = blueprint.public_key
    if key and status["key"] != key:
        yield Difference("identity", "of the running node", _short(key), _short(status["key"]))
    if key and status["address"] != text(address_of(bytes.fromhex(key))):
        yield Difference("address", "", text(address_of(bytes.fromhex(key))), status["address"])
    yield from _interface(blueprint, status["interface"])
    yield from _peers(blueprint.peers, status["peers"])
    for check in status.get("checks", ()):
        if check["level"] != "ok" and check["name"] in _JUDGED:
            yield Difference("health", check["name"], "ok", check["sentence"])


def _interface(blueprint: Blueprint, device: Mapping[str, Any] | None) -> Iterator[Difference]:
    if not device:
        yield Difference("interface", "", "open", "none", restart=True)
        return
    for what, wanted in (("name", blueprint.host.interface), ("mtu", blueprint.host.mtu)):
        if wanted not in ("auto", device[what]):
            yield Difference("interface", what, str(wanted), str(device[what]), restart=True)


def _peers(wanted: Sequence[LinkURI], rows: list[Mapping[str, Any]]) -> Iterator[Difference]:
    dialled = {row["remote"]: row for row in rows if not row["inbound"]}
    for uri in wanted:
        yield from _peer(uri, dialled.get(uri.text))
    for remote in dialled.keys() - {uri.text for uri in wanted}:
        yield Difference("peer", remote, "not dialled", "dialled", restart=True)


def _peer(uri: LinkURI, row: Mapping[str, Any] | None) -> Iterator[Difference]:
    if row is None:
        yield Difference("peer", uri.text, "up", "not dialled", restart=True)
    elif not row["up"]:
        yield Difference("peer", uri.text, "up", f"down: {row['last_error']}" if "last_error" in row else "down")
    elif uri.keys and bytes.fromhex(row["key"]) not in uri.keys:
        yield Difference("peer", uri.text, " or ".join(_short(key.hex()) for key in uri.keys), _short(row["key"]))


def _short(key: str) -> str:
    return key[:16]
