"""What is not known. Of a cluster whose Secrets may not be read there are hundreds of thousands, and few are ever read one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

from mtlsaudit.engine.subject import Missing, Subject, cited
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import render_path
from mtlsaudit.model.rule import Rule
from mtlsaudit.model.values import dataclass
from mtlsaudit.model.verdict import Assessment, Decided, Evidence, Outcome, Severity, Verdict


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
        return self.decided(self.known()).verdict

    @property
    def fingerprint(self) -> str:
        return self.decided(self.known()).fingerprint

    def decided(self, known: Mapping[str, tuple[Evidence, ...]]) -> Decided:
        """The same with its words. `known` is what `known` gives, which others of the subject may ask for too."""
        reasons = "; ".join(dict.fromkeys(g.reason for g in self.gaps))
        words = f"{self.judged_by.title}: cannot be told for {self.subject}, because {reasons}"
        evidence = cited(known, self.judged_by.evidence)
        verdict = Verdict(Outcome.UNKNOWN, words, evidence, self.gaps)
        return Decided(self.rule, self.severity, self.subject, verdict, fingerprint(self.rule, self.subject, evidence))

    def __reduce__(self) -> tuple[type[Decided], tuple[str, Severity, str, Verdict, str]]:
        """To another process it goes with its words."""
        told = self.decided(self.known())
        return Decided, (told.rule, told.severity, told.subject, told.verdict, told.fingerprint)


def in_words(assessments: Iterable[Assessment]) -> tuple[Assessment, ...]:
    """The same, those that are unknown with their words; the evidence of a subject is put together once for all its rules."""
    known: dict[int, Mapping[str, tuple[Evidence, ...]]] = {}
    told: list[Assessment] = []
    for one in assessments:
        if isinstance(one, Undecided):
            if id(one.known) not in known:
                known[id(one.known)] = one.known()
            told.append(one.decided(known[id(one.known)]))
        else:
            told.append(one)
    return tuple(told)


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
