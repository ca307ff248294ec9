"""Text of other people, made safe to look at: what a terminal or the eye would obey is shown as an escape.

A manifest or a certificate may hold control sequences that clear a terminal, and characters that turn the direction of
what follows (Unicode Standard Annex #9), so that a line reads as another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROL = f"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_TURNING}"
_IN_TEXT = re.compile(f"[{_CONTROL}]")
_PAINTED = r"\x1b\[(?:1;31|2|31|32|33|36)m[\w –-]*\x1b\[0m"
"""A word that `text_paint.coloured` painted."""

_IN_LINE = re.compile(f"{_PAINTED}|[\t\n{_CONTROL}]")


def shown(text: str) -> str:
    """The text with its control characters and those that turn its direction escaped; tabs and line breaks stay."""
    return _IN_TEXT.sub(_escape, text)


def shown_lines(lines: Iterable[str]) -> Iterable[str]:
    """Each line with tabs and line breaks within it escaped as well; the colours of our own words stay."""
    return (_IN_LINE.sub(_escape, line) for line in lines)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return character if len(character) > 1 else character.encode("unicode_escape").decode("ascii")
