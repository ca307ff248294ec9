"""Lines that fit: `textwrap.wrap` costs much even where there is nothing to wrap, and most lines of an inventory fit."""

from __future__ import annotations

import re
import textwrap

_BLANK = re.compile(r"[^\S ]")


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """What `textwrap.wrap` gives for the text, with `first` before the first line and `rest` before the others."""
    if len(first) + len(text) <= width and not _BLANK.search(text):
        shown = text.rstrip(" ")
        return [first + shown] if shown else []
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest)
