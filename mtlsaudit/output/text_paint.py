"""Colour, width and length of the report for a terminal."""

from __future__ import annotations

from collections.abc import Callable

Paint = Callable[[str, str], str]
WIDTH = 110
MANY = 40


def coloured(text: str, code: str) -> str:
    """With an escape code around it; an empty code leaves the text as it is."""
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def plain(text: str, code: str) -> str:
    """For what is no terminal."""
    return text
