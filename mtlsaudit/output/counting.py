"""Numbers and their nouns, the same in every format."""

from __future__ import annotations


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 hop`, `2,000 hops`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
