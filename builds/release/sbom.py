"""The bill of materials of a release, in CycloneDX 1.6: each program with its checksum and what is bundled in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from builds.release.inside import Component, inside

from everleaf.release import Artefact

_SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"


def bill(version: str, programs: Iterable[tuple[Path, Artefact]], epoch: int) -> str:
    """Its text; the same for the same files. `epoch` is when the sources were committed, in seconds."""
    parts = [_program(version, row, inside(path)) for path, row in programs]
    release = {"type": "application", "name": "everleaf", "version": version, "bom-ref": "everleaf"}
    made: dict[str, Any] = {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": datetime.fromtimestamp(epoch, UTC).isoformat(), "component": release},
        "components": parts,
    }
    made["serialNumber"] = uuid5(NAMESPACE_URL, json.dumps(made, sort_keys=True)).urn
    return json.dumps(made, indent=2) + "\n"


def _program(version: str, row: Artefact, bundled: Iterable[Component]) -> dict[str, Any]:
    return {
        "type": "application",
        "name": row.name,
        "version": version,
        "bom-ref": row.name,
        "hashes": [{"alg": "SHA-256", "content": row.sha256}],
        "licenses": [{"license": {"id": "MIT"}}],
        "components": [_bundled(row.name, one) for one in bundled],
    }


def _bundled(program: str, one: Component) -> dict[str, Any]:
    known: dict[str, Any] = {"version": one.version} if one.version else {}
    if one.licence:
        known["licenses"] = [{"license": {"id": one.licence}}]
    url = f"pkg:{one.kind}/{one.name.lower()}" + (f"@{one.version}" if one.version else "")
    return {"type": "library", "name": one.name, "bom-ref": f"{program}#{one.name}@{one.version}", "purl": url} | known
