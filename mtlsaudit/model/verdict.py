"""Outcomes: a fail without evidence and an unknown without a gap cannot be made."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import Site
from mtlsaudit.model.values import dataclass


class Outcome(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """Highest first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return _RANK[self]


_RANK = {s: i for i, s in enumerate(Severity)}


class Evidence(NamedTuple):
    """A field that a statement rests on, and what stands there. Never a Secret's value."""

    site: Site
    value: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one subject."""

    outcome: Outcome
    message: str
    evidence: tuple[Evidence, ...] = ()
    gaps: tuple[Gap, ...] = ()

    def __post_init__(self) -> None:
        if self.outcome is Outcome.FAIL and not self.evidence:
            raise ValueError("a failing verdict must carry evidence")
        if self.outcome is Outcome.UNKNOWN and not self.gaps:
            raise ValueError("an unknown verdict must say what was missing")


@dataclass(frozen=True, slots=True)
class Assessment:
    """A verdict with its rule and subject. `fingerprint` hashes rule, subject and field paths, never lines or words."""

    rule: str
    severity: Severity
    subject: str
    verdict: Verdict
    fingerprint: str

    @property
    def outcome(self) -> Outcome:
        return self.verdict.outcome
