"""What was read and what was not: the ledger beside every verdict."""

from __future__ import annotations

from collections.abc import Mapping

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Coverage:
    """`resources` counts objects by `Kind.group`, also those of kinds that nothing here audits."""

    files: int
    documents: int
    resources: Mapping[str, int]
    templates: int
    gaps: tuple[Gap, ...]
