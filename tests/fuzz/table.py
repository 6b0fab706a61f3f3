"""Every Python decoder that reads what others wrote. A new one goes into the TARGETS of its module, or a new module."""

from __future__ import annotations

from fuzz import handwritten, kernel, text, wire

TARGETS = {target.name: target for target in (*wire.TARGETS, *text.TARGETS, *kernel.TARGETS, *handwritten.TARGETS)}
