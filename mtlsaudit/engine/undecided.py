"""What is not known. Of a cluster whose Secrets may not be read there are hundreds of thousands, and few are ever read one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

from mtlsaudit.engine.subject import Missing, Subject, cited
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import render_path
from mtlsaudit.model.rule import Rule
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Decided, Evidence, Outcome, Severity, Verdict


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Undecided:
    """An assessment that is unknown. Its words, evidence and fingerprint are made anew whenever they are asked for."""

    judged_by: Rule
    severity: Severity
    subject: str
    gaps: tuple[Gap, ...]
    known: Callable[[], Mapping[str, tuple[Evidence, ...]]]

    @property
    def rule(self) -> str:
        return self.judged_by.id

    @property
    def outcome(self) -> Outcome:
        return Outcome.UNKNOWN

    @property
    def verdict(self) -> Verdict:
        reasons = "; ".join(dict.fromkeys(g.reason for g in self.gaps))
        words = f"{self.judged_by.title}: cannot be told for {self.subject}, because {reasons}"
        return Verdict(Outcome.UNKNOWN, words, self._evidence(), self.gaps)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.rule, self.subject, self._evidence())

    def __reduce__(self) -> tuple[type[Decided], tuple[str, Severity, str, Verdict, str]]:
        """To another process it goes with its words."""
        return Decided, (self.rule, self.severity, self.subject, self.verdict, self.fingerprint)

    def _evidence(self) -> tuple[Evidence, ...]:
        return cited(self.known(), self.judged_by.evidence)


Reasons = dict[tuple[Gap, ...], tuple[Gap, ...]]
"""One tuple for all equal ones: most of what is not known of an object is not known for the same reason."""


def undecided(rule: Rule, severity: Severity, subject: Subject, names: Iterable[str], reasons: Reasons) -> Undecided:
    """Of a subject some of whose facts of these names are missing. `reasons` are those of its neighbours."""
    missing = [fact.gaps for name in names if isinstance(fact := subject.facts[name], Missing)]
    if len(missing) == 1:
        gaps = missing[0]
    else:
        gaps = tuple({gap: None for some in missing for gap in some})
        gaps = next((some for some in missing if some == gaps), gaps)
    if not gaps:
        gaps = (Gap("not-known", subject.id, "what the rule asks for is not known"),)
    return Undecided(rule, severity, subject.id, reasons.setdefault(gaps, gaps), subject.evidence)


def fingerprint(rule: str, subject: str, evidence: Iterable[Evidence]) -> str:
    """Stable over edits elsewhere: rule, subject and field paths; no line, no message, no value."""
    paths = sorted({render_path(e.site.path) for e in evidence})
    return hashlib.sha256("\n".join((rule, subject, *paths)).encode()).hexdigest()
