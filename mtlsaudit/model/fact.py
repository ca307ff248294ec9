"""Known or missing: a value with its basis, or the gap that says why there is none."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Basis(StrEnum):
    """How a statement came about, weakest last."""

    OBSERVED = "observed"
    DECLARED = "declared"
    INFERRED = "inferred"
    ASSUMED = "assumed"


_STRENGTH = {b: i for i, b in enumerate(Basis)}


def weakest(*bases: Basis) -> Basis:
    """The basis of a conclusion is that of its weakest premise; declared when there is none."""
    return max(bases, key=_STRENGTH.__getitem__, default=Basis.DECLARED)


class Gap(NamedTuple):
    """Something that was not seen, or could not be understood.

    `kind` is one of a small vocabulary (`unreadable`, `invalid-yaml`, `not-in-input`, `template` …);
    `subject` what it is about; `reason` one sentence for people; `file` and `line` where there is one.
    """

    kind: str
    subject: str
    reason: str
    file: str = ""
    line: int = 0
