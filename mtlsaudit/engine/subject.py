"""What a rule sees: a subject with typed facts, each with the evidence it rests on, or the gaps why it is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Evidence

Plain = str | bool | int | float | tuple[str, ...]
"""What a fact can be; tuples are lists to CEL."""


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """A fact that is not known, and why. All are equal, so that results can be remembered by the facts that are known."""

    gaps: tuple[Gap, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Missing)

    def __hash__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Subject:
    """`facts` holds every name of the subject's schema.

    `evidence` gives the fields behind each name, `''` those of the whole; it is asked only for what a report cites.
    """

    kind: str
    id: str
    facts: Mapping[str, Plain | Missing]
    evidence: Callable[[], Mapping[str, tuple[Evidence, ...]]]

    def evidence_for(self, names: tuple[str, ...]) -> tuple[Evidence, ...]:
        """The evidence of the names, each piece once; that of the whole subject where they have none."""
        return cited(self.evidence(), names)


def cited(known: Mapping[str, tuple[Evidence, ...]], names: tuple[str, ...]) -> tuple[Evidence, ...]:
    """The evidence of the names, each piece once; that of the whole subject where they have none."""
    pieces: dict[Evidence, None] = {}
    for name in names:
        pieces.update(dict.fromkeys(known.get(name, ())))
    return tuple(pieces) or known.get("", ())
