"""What a rule sees: a subject with typed facts, each with the evidence it rests on, or the gaps why it is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.verdict import Evidence

Plain = str | bool | int | float | list[str]


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that is not known, and why."""

    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """`facts` holds every name of the subject's schema; `evidence` the fields behind a name, `''` those of the whole."""

    kind: str
    id: str
    facts: Mapping[str, Plain | Missing]
    evidence: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)

    def evidence_for(self, names: tuple[str, ...]) -> tuple[Evidence, ...]:
        """The evidence of the names, each piece once; that of the whole subject where they have none."""
        pieces: dict[Evidence, None] = {}
        for name in names:
            pieces.update(dict.fromkeys(self.evidence.get(name, ())))
        return tuple(pieces) or self.evidence.get("", ())
