"""Where programs come from: a directory here, or another machine's."""

from __future__ import annotations


def is_url(place: str) -> bool:
    """Whether a channel is fetched over the network."""
    return place.startswith(("https://", "http://"))
