"""Every rule on every subject of its kind. Errors of a rule make it unknown for that subject alone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from operator import attrgetter
from typing import NamedTuple

from mtlsaudit.engine.checks import CHECKS, Context
from mtlsaudit.engine.columns import Columns
from mtlsaudit.engine.expression import Expression, Reading
from mtlsaudit.engine.load import Compiled
from mtlsaudit.engine.subject import Missing, Subject
from mtlsaudit.engine.undecided import Reasons, fingerprint, undecided
from mtlsaudit.model.fact import Gap
from mtlsaudit.model.report import Judged
from mtlsaudit.model.verdict import Assessment, Decided, Outcome, Verdict

_AT_ONCE = 1 << 10
"""Subjects. Their facts take more memory than all else that is known of them."""

_NAME = re.compile(r"\{[a-z_]+\.([a-z_]+)\}")
_PASS = Verdict(Outcome.PASS, "")
_NOT_APPLICABLE = Verdict(Outcome.NOT_APPLICABLE, "")


def evaluate(
    rules: Iterable[Compiled],
    subjects: Callable[[str], Iterator[Subject]],
    context: Context,
    *,
    keep_all: bool = False,
    kinds: Collection[str] | None = None,
) -> Judged:
    """All assessments that fail or are unknown, worst first; with `keep_all` those that pass or do not apply as well.

    `subjects` gives those of a kind, and is asked once for each; `kinds` are those to judge, None for all. Of a kind so
    many are held at a time as `_AT_ONCE` says.
    """
    judges: dict[str, list[Judge]] = defaultdict(list)
    reasons: Reasons = {}
    for compiled in rules:
        if compiled.rule.id not in context.policy.disabled and (kinds is None or compiled.rule.subject in kinds):
            judges[compiled.rule.subject].append(Judge(compiled, context, reasons, keep_all=keep_all))
    found: dict[tuple[int, str], list[Assessment]] = defaultdict(list)
    for kind, own in judges.items():
        of_kind = subjects(kind)
        while some := list(islice(of_kind, _AT_ONCE)):
            columns = Columns(some)
            for judge in own:
                found[judge.severity.rank, judge.rule] += judge.all(some, columns)
            reasons.clear()
    for of_rule in found.values():
        of_rule.sort(key=attrgetter("subject"))
    counts = {judge.rule: judge.counts() for own in judges.values() for judge in own}
    ordered = tuple(chain.from_iterable(found.pop(key) for key in sorted(found)))
    return Judged(ordered, dict(sorted(counts.items())))


class _Lacking(NamedTuple):
    """An expression lacked some of the facts that it names."""

    names: tuple[str, ...]


class Judge:
    """One rule. Its outcome is worked out once for each distinct combination of the facts that it reads."""

    def __init__(self, compiled: Compiled, context: Context, reasons: Reasons, *, keep_all: bool = False) -> None:
        self._compiled = compiled
        self._context = context
        self._reasons = reasons
        self._keep_all = keep_all
        self._check = _checking(compiled, context)
        self.severity = context.policy.severities.get(compiled.rule.id, compiled.rule.severity)
        self._reads = _reads(*(e for e in (compiled.applies, compiled.passes) if e is not None))
        self.rule = compiled.rule.id
        self.tally: Counter[Outcome] = Counter()

    def counts(self) -> dict[str, int]:
        """How many subjects came to each outcome."""
        return {outcome.value: number for outcome, number in sorted(self.tally.items())}

    def all(self, subjects: Sequence[Subject], columns: Columns) -> Iterator[Assessment]:
        """The assessments worth listing; `tally` counts the others as well. `columns` are those of the subjects."""
        keys = columns.keys(self._reads)
        outcomes = {key: self._decide(subject) for key, subject in dict(zip(keys, subjects, strict=True)).items()}
        quiet = {Outcome.NOT_APPLICABLE, Outcome.PASS} if self._compiled.passes else {Outcome.NOT_APPLICABLE}
        if self._keep_all:
            quiet = set()
        loud = {key: outcome for key, outcome in outcomes.items() if outcome not in quiet}
        for key, number in Counter(keys).items() if len(loud) < len(outcomes) else ():
            if key not in loud:
                self.tally[outcomes[key]] += number  # type: ignore[index]
        for key, subject in zip(keys, subjects, strict=True) if loud else ():
            outcome = loud.get(key)
            if outcome is None:
                continue
            if isinstance(outcome, _Lacking):
                self.tally[Outcome.UNKNOWN] += 1
                yield undecided(self._compiled.rule, self.severity, subject, outcome.names, self._reasons)
                continue
            try:
                verdict = self._verdict(subject, outcome)
            except Exception as error:  # noqa: BLE001 - a broken rule must not hide the others: unknown for this subject alone
                gap = Gap("rule-error", self._compiled.rule.id, f"{type(error).__name__}: {error}")
                verdict = Verdict(Outcome.UNKNOWN, f"the rule failed on {subject.id}", (), (gap,))
            self.tally[verdict.outcome] += 1
            if self._keep_all or verdict.outcome is Outcome.FAIL or verdict.outcome is Outcome.UNKNOWN:
                print_of = fingerprint(self.rule, subject.id, verdict.evidence)
                yield Decided(self.rule, self.severity, subject.id, verdict, print_of)

    def _verdict(self, subject: Subject, outcome: Outcome | Gap) -> Verdict:
        if isinstance(outcome, Gap):
            return Verdict(Outcome.UNKNOWN, f"the rule failed on {subject.id}", (), (outcome,))
        if outcome is Outcome.NOT_APPLICABLE:
            return _NOT_APPLICABLE
        if self._check is not None:
            return self._check(subject)
        if outcome is Outcome.PASS:
            return _PASS
        rule = self._compiled.rule
        return Verdict(Outcome.FAIL, _message(rule.message, subject), subject.evidence_for(rule.evidence))

    def _decide(self, subject: Subject) -> Outcome | Gap | _Lacking:
        """What the expressions say; for a Python check only whether it applies."""
        compiled = self._compiled
        try:
            applies = compiled.applies.holds(subject.facts)
            passes = compiled.passes.holds(subject.facts) if applies and compiled.passes else True
        except ValueError as error:
            return Gap("rule-error", compiled.rule.id, str(error))
        if applies is False:
            return Outcome.NOT_APPLICABLE
        if applies is None or passes is None:
            missed = compiled.passes if applies and compiled.passes else compiled.applies
            return _Lacking(missed.names)
        return Outcome.PASS if passes else Outcome.FAIL


def _reads(*expressions: Expression) -> dict[str, Reading]:
    """What of each fact some of the expressions look at."""
    reads: dict[str, Reading] = {}
    for expression in expressions:
        for name, of in expression.reads.items():
            reads[name] = of if reads.get(name, of) is of else Reading.ALL
    return reads


def _checking(compiled: Compiled, context: Context) -> Callable[[Subject], Verdict] | None:
    """The Python check of a rule with its parameters; None where an expression decides."""
    if compiled.passes is not None:
        return None
    check = CHECKS[compiled.rule.check]
    parameters = check.parameters(compiled.rule.params)
    return lambda subject: check.run(subject, context, parameters)


def _message(template: str, subject: Subject) -> str:
    def value(match: re.Match[str]) -> str:
        fact = subject.facts[match.group(1)]
        if isinstance(fact, Missing):
            return "?"
        if isinstance(fact, tuple):
            return ", ".join(fact)
        return f"{fact:g}" if isinstance(fact, float) else str(fact)

    return _NAME.sub(value, " ".join(template.split()))
