"""Outcomes: a fail without evidence and an unknown without a gap cannot be made."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

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


class Assessment(Protocol):
    """A verdict with its rule and subject. `fingerprint` hashes rule, subject and field paths, never lines or words."""

    @property
    def rule(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def subject(self) -> str: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def gaps(self) -> tuple[Gap, ...]: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def fingerprint(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Decided:
    """An assessment whose words and evidence are at hand."""

    rule: str
    severity: Severity
    subject: str
    verdict: Verdict
    fingerprint: str

    @property
    def outcome(self) -> Outcome:
        return self.verdict.outcome

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return self.verdict.gaps
