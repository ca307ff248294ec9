"""A YAML text with chosen values blanked out, every line and column kept."""

from __future__ import annotations

from collections.abc import Sequence

_SHORTEST = 8
"""A value shorter than this may stand in the text for other reasons, so it is blanked by its place, not by its letters."""


def blank(text: str, hidden: Sequence[str]) -> str:
    """The text with every hidden value as x, of the same length and lines: by its letters, or else by its place."""
    by_place: set[str] = set()
    blanked = text
    for value in hidden:
        for line in value.splitlines():
            stripped = line.strip()
            if len(stripped) >= _SHORTEST and stripped in text:
                blanked = blanked.replace(stripped, "x" * len(stripped))
            elif stripped:
                by_place.add(value)
    if not by_place:
        return blanked
    from mtlsaudit.decode.blank_nodes import blank_nodes

    return blank_nodes(text, blanked, by_place)
