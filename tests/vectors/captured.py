"""The vectors captured from the real program: `MESH` for links and routing, `NODE` for everything above."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def _load(name: str) -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads((Path(__file__).parent / name).read_text())
    return vectors


MESH = _load("mesh.json")
NODE = _load("node.json")
