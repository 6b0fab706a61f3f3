"""Numbers for people, as yggdrasilctl writes them."""

from __future__ import annotations

_SIZES = ((1 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB"))


def size(count: int) -> str:
    """Bytes, with one decimal of the largest unit that fits."""
    for unit, name in _SIZES:
        if count >= unit:
            return f"{count / unit:.1f}{name}"
    return f"{count}B"


def duration(seconds: float) -> str:
    """Whole seconds in the form 1h2m3s."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def round_trip(nanoseconds: int) -> str:
    """Milliseconds, or "-" while unknown."""
    return f"{nanoseconds / 1_000_000:.2f}ms" if nanoseconds else "-"


def rate(count: int) -> str:
    """Bytes a second, or "-" for none."""
    return f"{size(count)}/s" if count else "-"
