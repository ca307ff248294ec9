"""A defect before it knows its certificate."""

from __future__ import annotations

from typing import NamedTuple


class Found(NamedTuple):
    """`code` is one of `defects.RULES`, `depth` the place in the path."""

    code: str
    depth: int
    words: str
    fatal: bool
