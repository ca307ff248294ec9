"""Every rule on every subject of its kind. Errors of a rule make it unknown for that subject alone."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mtlsaudit.engine.checks import CHECKS, Context
from mtlsaudit.engine.load import Compiled
from mtlsaudit.engine.subject import Missing, Subject
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.origin import render_path
from mtlsaudit.model.rule import Policy
from mtlsaudit.model.verdict import Assessment, Evidence, Outcome, Severity, Verdict

_NAME = re.compile(r"\{[a-z_]+\.([a-z_]+)\}")
_PASS = Verdict(Outcome.PASS, "")
_NOT_APPLICABLE = Verdict(Outcome.NOT_APPLICABLE, "")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`counts`: rule id → outcome → number of subjects."""

    assessments: tuple[Assessment, ...]
    counts: Mapping[str, Mapping[str, int]]


def evaluate(
    rules: Iterable[Compiled], subjects: Mapping[str, Sequence[Subject]], context: Context, *, keep_all: bool = False
) -> Evaluation:
    """All assessments that fail or are unknown, worst first; with `keep_all` those that pass or do not apply as well."""
    found: list[Assessment] = []
    counts: dict[str, Mapping[str, int]] = {}
    for compiled in rules:
        rule = compiled.rule
        if rule.id in context.policy.disabled:
            continue
        severity = _severity(compiled, context.policy)
        tally: Counter[str] = Counter()
        for subject in subjects.get(rule.subject, ()):
            verdict = judge(compiled, subject, context)
            tally[verdict.outcome.value] += 1
            if keep_all or verdict.outcome in (Outcome.FAIL, Outcome.UNKNOWN):
                print_of = fingerprint(rule.id, subject.id, verdict.evidence)
                found.append(Assessment(rule.id, severity, subject.id, verdict, print_of))
        counts[rule.id] = dict(sorted(tally.items()))
    found.sort(key=lambda a: (a.severity.rank, a.rule, a.subject))
    return Evaluation(tuple(found), counts)


def _severity(compiled: Compiled, policy: Policy) -> Severity:
    return policy.severities.get(compiled.rule.id, compiled.rule.severity)


def judge(compiled: Compiled, subject: Subject, context: Context) -> Verdict:
    """One rule on one subject."""
    try:
        return _judge(compiled, subject, context)
    except Exception as error:  # noqa: BLE001 - a broken rule must not hide the others: unknown for this subject alone
        gap = Gap("rule-error", compiled.rule.id, f"{type(error).__name__}: {error}")
        return Verdict(Outcome.UNKNOWN, f"the rule failed on {subject.id}", (), (gap,))


def _judge(compiled: Compiled, subject: Subject, context: Context) -> Verdict:
    rule = compiled.rule
    applies = compiled.applies.holds(subject)
    if applies is False:
        return _NOT_APPLICABLE
    if applies is None:
        return _unknown(compiled, subject, compiled.applies.names)
    if compiled.passes is None:
        check = CHECKS[rule.check]
        verdict = check.run(subject, context, check.parameters(rule.params))
        if verdict.outcome is Outcome.FAIL and not verdict.message:
            return Verdict(Outcome.FAIL, _message(rule.message, subject), verdict.evidence)
        return verdict
    passes = compiled.passes.holds(subject)
    if passes is None:
        return _unknown(compiled, subject, compiled.passes.names)
    if passes:
        return _PASS
    return Verdict(Outcome.FAIL, _message(rule.message, subject), subject.evidence_for(rule.evidence))


def _unknown(compiled: Compiled, subject: Subject, names: tuple[str, ...]) -> Verdict:
    gaps: dict[Gap, None] = {}
    for name in names:
        fact = subject.facts[name]
        if isinstance(fact, Missing):
            gaps.update(dict.fromkeys(fact.gaps))
    kept = tuple(gaps) or (Gap("not-known", subject.id, "what the rule asks for is not known"),)
    reasons = "; ".join(dict.fromkeys(g.reason for g in kept))
    words = f"{compiled.rule.title}: cannot be told for {subject.id}, because {reasons}"
    return Verdict(Outcome.UNKNOWN, words, subject.evidence_for(compiled.rule.evidence), kept)


def _message(template: str, subject: Subject) -> str:
    def value(match: re.Match[str]) -> str:
        fact = subject.facts[match.group(1)]
        if isinstance(fact, Missing):
            return "?"
        if isinstance(fact, list):
            return ", ".join(fact)
        return f"{fact:g}" if isinstance(fact, float) else str(fact)

    return _NAME.sub(value, " ".join(template.split()))


def fingerprint(rule: str, subject: str, evidence: Iterable[Evidence]) -> str:
    """Stable over edits elsewhere: rule, subject and field paths; no line, no message, no value."""
    paths = sorted({render_path(e.site.path) for e in evidence})
    return hashlib.sha256("\n".join((rule, subject, *paths)).encode()).hexdigest()
